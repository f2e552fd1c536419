"""encoders of the registry."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "registry_encoders",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("encoder", sa.String(length=80), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("n_themes", sa.Integer(), nullable=False),
        sa.Column("n_waiting", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_registry_encoders")),
    )
    op.create_table(
        "encoded_themes",
        sa.Column("theme_id", sa.String(length=40), nullable=False),
        sa.Column("encoder", sa.String(length=80), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("total", sa.LargeBinary(), nullable=False),
        sa.Column("example_vectors", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["theme_id"], ["themes.id"], name=op.f("fk_encoded_themes_theme_id_themes")
        ),
        sa.PrimaryKeyConstraint("theme_id", name=op.f("pk_encoded_themes")),
    )


def downgrade() -> None:
    """Takes the change back."""
    op.drop_table("encoded_themes")
    op.drop_table("registry_encoders")
