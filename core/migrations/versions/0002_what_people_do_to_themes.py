"""what people do to themes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Applies the change."""
    op.create_table(
        "theme_registry",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_theme_registry")),
    )
    op.create_table(
        "theme_proposals",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("theme_id", sa.String(length=40), nullable=False),
        sa.Column("other_id", sa.String(length=40), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("likeness", sa.Float(), nullable=False),
        sa.Column("n_mentions", sa.Integer(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("night", sa.Date(), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_theme_proposals")),
    )
    op.create_index(op.f("ix_theme_proposals_status"), "theme_proposals", ["status"])
    op.create_table(
        "moved_mentions",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("counted_in", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["mention_id"],
            ["mentions.id"],
            name=op.f("fk_moved_mentions_mention_id_mentions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_moved_mentions")),
    )
    op.add_column("themes", sa.Column("examined", sa.Integer(), nullable=False, server_default="0"))
    for name, length in (("kind", 16), ("type", 40)):
        column = sa.Column(name, sa.String(length=length), nullable=False, server_default="")
        op.add_column("removed_mentions", column)
    op.add_column("removed_mentions", sa.Column("counted_in", sa.String(length=40), nullable=True))
    with op.batch_alter_table("lineage", schema=None) as batch_op:
        batch_op.alter_column("by", existing_type=sa.String(80), type_=sa.String(200))
    op.drop_index(op.f("ix_mentions_theme_id"), "mentions")
    op.create_index(op.f("ix_mentions_theme_id_id"), "mentions", ["theme_id", "id"])


def downgrade() -> None:
    """Takes the change back."""
    op.drop_index(op.f("ix_mentions_theme_id_id"), "mentions")
    op.create_index(op.f("ix_mentions_theme_id"), "mentions", ["theme_id"])
    with op.batch_alter_table("lineage", schema=None) as batch_op:
        batch_op.alter_column("by", existing_type=sa.String(200), type_=sa.String(80))
    for name in ("counted_in", "type", "kind"):
        op.drop_column("removed_mentions", name)
    op.drop_column("themes", "examined")
    op.drop_table("moved_mentions")
    op.drop_table("theme_proposals")
    op.drop_table("theme_registry")
