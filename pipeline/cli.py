"""The command line, `fieldback`: results on stdout, progress and logs on stderr.

Models and Prefect are imported by the commands that need them: `fieldback --help` is quick.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy.exc import SQLAlchemyError

from core.errors import FieldbackError
from core.logs import configure_logs
from core.settings import Settings, load_settings
from core.snapshot import Scope
from core.vocabulary import MentionKind
from models.findings import Sort
from pipeline import cli_personas, cli_reprocess, cli_review, cli_themes, cli_tokens
from pipeline.environment import prepare_environment
from pipeline.night import normalise_sources
from pipeline.output import (
    Format,
    LineFormat,
    err,
    out,
    percent,
    print_csv,
    print_json,
    print_jsonl,
    print_table,
    show_progress,
)

app = typer.Typer(
    name="fieldback",
    help="Turns sales conversations into objections, pain points and persona updates.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(cli_personas.app, name="personas")
app.add_typer(cli_themes.app, name="theme")
app.add_typer(cli_tokens.app, name="token")
app.command()(cli_reprocess.reprocess)
app.command()(cli_review.review)

TOP_KINDS = {
    "objections": MentionKind.OBJECTION,
    "pains": MentionKind.PAIN_POINT,
    "traits": MentionKind.PERSONA_TRAIT,
}


def _day_option(text: str) -> Any:
    """An option that takes a day such as 2026-10-31."""
    return typer.Option(formats=["%Y-%m-%d"], metavar="DATE", help=text)


@app.callback()
def start() -> None:
    """Turns sales conversations into objections, pain points and persona updates."""
    settings = load_settings()
    configure_logs(level=settings.log_level, as_json=settings.log_json)


@app.command()
def run(
    sources: Annotated[list[str] | None, typer.Argument(help="Folders or bucket prefixes.")] = None,
    as_of: Annotated[datetime | None, _day_option("The night to run; today if left out.")] = None,
) -> None:
    """Run the nightly flow once."""
    settings = load_settings()
    wanted = normalise_sources(sources or settings.sources)
    if not wanted:
        raise FieldbackError("no source: name a folder, or set FIELDBACK_SOURCES")
    for url in wanted:
        if "://" not in url and not Path(url).exists():
            raise FieldbackError(f"{url}: no such file or folder")
    prepare_environment(settings)
    from pipeline.flow import run_night

    with show_progress() as progress:
        result = run_night(
            settings, wanted, as_of=as_of.date() if as_of else None, progress=progress
        )
    _print_run(result, settings)


@app.command()
def schedule(
    cron: Annotated[str, typer.Option(help="When, in cron's notation, UTC.")] = "0 2 * * *",
) -> None:
    """Serve the nightly deployment, and catch up on missed nights."""
    settings = load_settings()
    if not settings.sources:
        raise FieldbackError("no source: set FIELDBACK_SOURCES")
    prepare_environment(settings)
    from pipeline.flow import serve_schedule

    err().print(f"serving the nightly run at {cron!r}; stop with Ctrl-C")
    serve_schedule(cron)


@app.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API and its pages."""
    import uvicorn

    settings = load_settings()
    uvicorn.run(
        "api.app:create_app",
        factory=True,
        host=host or settings.host,
        port=settings.port if port is None else port,
        log_level="warning",
    )


@app.command()
def top(
    what: Annotated[str, typer.Argument(help="objections, pains or traits.")],
    segment: Annotated[
        list[str] | None, typer.Option(help="dimension=value; several narrow it down.")
    ] = None,
    since: Annotated[datetime | None, _day_option("First day.")] = None,
    until: Annotated[datetime | None, _day_option("Last day.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 10,
    by: Annotated[
        str,
        typer.Option(
            help="type; theme, for the themes within the types; family, for related themes as one."
        ),
    ] = "type",
    sort: Annotated[Sort, typer.Option(help="What comes first.")] = Sort.SHARE,
    format: Annotated[Format, typer.Option(help="How to print.")] = Format.TABLE,
) -> None:
    """Answer the marketer's question: the top themes of a segment, with quotes."""
    from pipeline.answers import as_record, ask_top

    if what not in TOP_KINDS:
        raise FieldbackError(f"{what!r} is none of {', '.join(TOP_KINDS)}")
    if by not in {"theme", "family", "type"}:
        raise FieldbackError(f"--by {by}: use theme, family or type")
    settings = load_settings()
    scope = Scope(_segments(segment or ()), _day(since), _day(until))
    answer = ask_top(settings, TOP_KINDS[what], scope, by=by, sort=sort, limit=limit)
    records = [as_record(answer, finding, label) for finding, label in answer.rows]
    if format is Format.JSON:
        print_json(records)
    elif format is Format.CSV:
        print_csv(records)
    else:
        _print_top(what, by, answer, records, segment or (), settings)


@app.command()
def extract(
    files: Annotated[list[Path], typer.Argument(help="Files in any format that is known.")],
    format: Annotated[LineFormat, typer.Option(help="How to print.")] = LineFormat.TABLE,
) -> None:
    """Print the mentions of files, without a database."""
    from pipeline.reading import extract_files

    rows, problems = extract_files(files)
    if format is LineFormat.JSONL:
        print_jsonl(rows)
    else:
        print_table(
            ["conversation", "kind", "type", "#confidence", "quote"],
            [
                [r["conversation"], r["kind"], r["type"], f"{r['confidence']:.2f}", r["quote"]]
                for r in rows
            ],
        )
    _fail_if_any(problems)


@app.command()
def themes(
    file: Annotated[Path, typer.Argument(help='JSONL with {"id", "text", "kind"?}.')],
    state: Annotated[Path | None, typer.Option(help="Folder that keeps identities.")] = None,
    format: Annotated[LineFormat, typer.Option(help="How to print.")] = LineFormat.TABLE,
) -> None:
    """Group short texts into themes; with --state later calls continue the identities."""
    from pipeline.reading import group_file

    rows = group_file(file, state)
    if format is LineFormat.JSONL:
        print_jsonl(rows)
    else:
        print_table(
            ["id", "theme", "label"],
            [[str(r["id"]), r["theme"] or "-", r["label"] or ""] for r in rows],
        )


@app.command()
def evaluate(
    folder: Annotated[Path, typer.Argument(help="With conversations/*.json and labels.jsonl.")],
    errors: Annotated[int, typer.Option(min=0, help="How many errors to list.")] = 0,
    format: Annotated[Format, typer.Option(help="How to print.")] = Format.TABLE,
) -> None:
    """Measure precision, recall and F1 on a labelled set, with 95 % intervals."""
    from pipeline.measuring import evaluate_folder, print_evaluation

    report = evaluate_folder(folder)
    if format is Format.JSON:
        print_json(report.as_dict())
    elif format is Format.CSV:
        print_csv(report.as_rows())
    else:
        print_evaluation(report, n_errors=errors)


@app.command()
def train() -> None:
    """Retrain the models from the corpus and reviewers' verdicts (needs the training extras)."""
    try:
        from models.training.train import train as train_all
    except ImportError as error:
        raise FieldbackError(f"training needs {error.name}: run `make train`") from error
    from core.store import Store
    from pipeline.judged import label_judged

    with Store.open_migrated(load_settings().store_url).read() as conn:
        corrections = label_judged(conn)
    err().print(f"learning from the corpus and {len(corrections)} reviewed conversations")
    train_all(corrections=corrections)


@app.command()
def doctor() -> None:
    """Check the installation."""
    from pipeline.diagnosis import examine

    checks = examine(load_settings())
    print_table(
        ["check", "result", "detail"],
        [[c.name, "ok" if c.is_good else "FAILS", c.detail] for c in checks],
    )
    if not all(check.is_good for check in checks):
        raise typer.Exit(1)


@app.command()
def settings() -> None:
    """Print every setting with its value and where it comes from."""
    from pipeline.diagnosis import list_settings

    print_table(["setting", "value", "from", "what it does"], list_settings(load_settings()))


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line; what a user can mend is told as `error: …` with exit 1."""
    try:
        app(args=list(arguments) if arguments is not None else None)
    except FieldbackError as error:
        sys.stderr.write(f"error: {error}\n")
        raise SystemExit(1) from None
    except SQLAlchemyError as error:  # its message may quote data
        sys.stderr.write(f"error: the database failed: {type(error).__name__}\n")
        raise SystemExit(1) from None


def _print_run(result: dict[str, Any], settings: Settings) -> None:
    counts = result["counts"]
    get = counts.get
    seconds = ", ".join(f"{name} {value:.1f}" for name, value in result["seconds"].items())
    lines = (
        f"run {result['run']}, night {result['night']}, snapshot {result['snapshot']}",
        f"read {get('n_read', 0)} of {get('n_files', 0)} files: "
        f"{get('n_new', 0)} new, {get('n_changed', 0)} changed, "
        f"{get('n_unchanged', 0)} unchanged conversations, {get('n_deferred', 0)} for later nights",
        f"left out {get('n_screened', 0)} voicemails and the like, "
        f"{get('n_templates', 0)} copies of templates; quarantined {get('n_quarantined', 0)}",
        f"found {get('n_mentions', 0)} mentions in {get('n_extracted', 0)} conversations, "
        f"kept {get('n_unsure', 0)} unsure ones for `fieldback review`; "
        f"{get('n_themes', 0)} themes ({get('n_themes_born', 0)} new), "
        f"{get('n_suggestions', 0)} persona suggestions ({get('n_suggestions_new', 0)} new), "
        f"{get('n_theme_proposals', 0)} merges and splits of themes proposed",
        f"published {get('n_published_conversations', 0)} conversations, "
        f"{get('n_published_mentions', 0)} mentions",
        f"seconds: {seconds}",
    )
    out().print("\n".join(lines), soft_wrap=True)
    if get("n_outdated", 0):
        err().print(
            f"{get('n_outdated')} conversations were labelled by an older model: "
            "fieldback reprocess"
        )
    if get("n_quarantined", 0):
        _print_quarantine(result["run"], settings)


def _print_quarantine(run_id: str, settings: Settings) -> None:
    from core.store.files import list_quarantine
    from pipeline.resources import get_store

    with get_store(settings).read() as conn:
        entries = list_quarantine(conn, limit=20, run_id=run_id)
    for entry in entries:
        place = entry.path if entry.line is None else f"{entry.path}:{entry.line}"
        err().print(f"quarantined {place}: {entry.reason}", soft_wrap=True)


def _print_top(
    what: str,
    by: str,
    answer: Any,
    records: list[dict[str, Any]],
    segment: Sequence[str],
    settings: Settings,
) -> None:
    where = " and ".join(segment) or "all conversations"
    console = out()
    console.print(
        f"top {what}, {where}: {answer.n_conversations} conversations, "
        f"{answer.n_accounts} accounts; snapshot {answer.snapshot}"
    )
    if answer.n_conversations < settings.enough_conversations:
        console.print(
            f"not enough data: {answer.n_conversations} conversations, "
            f"{settings.enough_conversations} are needed; read the figures as anecdotes"
        )
    if by != "type":
        console.print(
            f"{answer.n_in_themes} of {answer.n_mentions} mentions are in a theme; "
            "the others wait for their like, --by type counts them all"
        )
    print_table(
        [
            by,
            *_second_column(by, type="type", members="themes"),
            "#n",
            "#share",
            "95 %",
            "#lift",
            "#q",
            "trend",
            "in their words",
        ],
        [_top_row(record, by) for record in records],
    )


def _second_column(by: str, *, type: str, members: str) -> list[str]:
    """The type beside a theme, the themes of a family; a row that is a type needs none."""
    return {"theme": [type], "family": [members], "type": []}[by]


def _top_row(record: dict[str, Any], by: str) -> list[str]:
    return [
        record["label"],
        *_second_column(by, type=record["type"], members=" · ".join(record.get("members", ()))),
        str(record["n_conversations"]),
        percent(record["share"]),
        f"{100 * record['share_low']:.0f}-{100 * record['share_high']:.0f}",
        "" if record["lift"] is None else f"{record['lift']:.1f}",
        "" if record["q_value"] is None else f"{record['q_value']:.2g}",
        record["trend"],
        f"“{record['quotes'][0]}”" if record["quotes"] else "",
    ]


def _segments(pairs: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """`dimension=value` (or `dimension:value`, as in the API) each."""
    found = []
    for pair in pairs:
        name, separator, value = pair.partition("=" if "=" in pair else ":")
        if not separator or not name or not value:
            raise FieldbackError(f"--segment {pair}: write it as dimension=value")
        found.append((name, value))
    return tuple(found)


def _day(moment: datetime | None) -> date | None:
    return None if moment is None else moment.replace(tzinfo=UTC).date()


def _fail_if_any(problems: Sequence[FieldbackError]) -> None:
    for problem in problems:
        sys.stderr.write(f"error: {problem}\n")
    if problems:
        raise typer.Exit(1)
