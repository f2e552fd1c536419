import pytest

from models.normalisation import normalise_value


@pytest.mark.parametrize(
    ("trait", "value", "expected"),
    [
        ("role", "Head of RevOps", "sales/director"),
        ("role", "CFO", "finance/executive"),
        ("role", "VP of Engineering", "technology/vice president"),
        ("role", "analyst at a bank", None),
        ("company_size", "about forty people", "11-50"),
        ("company_size", "6 testers", "1-10"),
        ("company_size", "twenty-five of us", "11-50"),
        ("company_size", "2,500 employees", "1001-5000"),
        ("company_size", "3k users", "1001-5000"),
        ("company_size", "20 thousand staff", "5001+"),
        ("company_size", "six around Atlanta, two hundred and ten drivers", "201-1000"),
        ("company_size", "a hundred and twenty employees", "51-200"),
        ("company_size", "a dozen reps", "11-50"),
        ("company_size", "two dozen of us", "11-50"),
        ("company_size", "release 1.2.3. people", None),
        ("company_size", "eleven branches", None),
        ("tool", "our old  Sage", "sage"),
        ("tool", "QuickBooks", "quickbooks"),
        ("goal", "double the pipeline", None),
    ],
)
def test_a_value_becomes_what_can_be_counted_or_nothing(
    trait: str, value: str, expected: str | None
) -> None:
    assert normalise_value(trait, value) == expected
