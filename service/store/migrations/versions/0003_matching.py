"""Versions of products, policies and their pushes, notices, what a firm has chosen, and joint plans."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TABLES = (
    "plans",
    "goals",
    "deleted_tags",
    "order_choices",
    "opt_outs",
    "notices",
    "policy_pushes",
    "policies",
    "product_versions",
)


def upgrade() -> None:
    """Apply."""
    _catalogue()
    _told()
    _chosen()
    _planned()


def downgrade() -> None:
    """Take back."""
    for name in TABLES:
        op.drop_table(name)


def _planned() -> None:
    op.create_table(
        "plans",
        _day("as_of"),
        *(_text(name) for name in ("digest", "document")),
        sa.PrimaryKeyConstraint("as_of", name=op.f("pk_plans")),
    )


def _catalogue() -> None:
    op.create_table(
        "product_versions",
        _text("product"),
        sa.Column("number", sa.Integer(), nullable=False),
        *(_text(name) for name in ("digest", "document", "saved_at", "saved_by")),
        sa.PrimaryKeyConstraint("product", "number", name=op.f("pk_product_versions")),
    )
    op.create_table(
        "policies",
        *(_text(name) for name in ("id", "document", "digest")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_policies")),
    )


def _told() -> None:
    op.create_table(
        "policy_pushes",
        *(_text(name) for name in ("policy", "enterprise", "state")),
        *(_day(name) for name in ("pushed_on", "changed_on")),
        sa.ForeignKeyConstraint(["policy"], ["policies.id"], name=op.f("fk_policy_pushes_policy_policies")),
        _of_enterprise("policy_pushes"),
        sa.PrimaryKeyConstraint("policy", "enterprise", name=op.f("pk_policy_pushes")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *(_text(name) for name in ("enterprise", "kind", "subject")),
        _day("told_on"),
        _text("document"),
        sa.Column("read_on", sa.Date(), nullable=True),
        _of_enterprise("notices"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    op.create_index("ix_notices_told_once", "notices", ["enterprise", "kind", "subject"], unique=True)
    op.create_table(
        "opt_outs",
        _text("enterprise"),
        _text("kind"),
        _day("since"),
        _of_enterprise("opt_outs"),
        sa.PrimaryKeyConstraint("enterprise", "kind", name=op.f("pk_opt_outs")),
    )


def _chosen() -> None:
    op.create_table(
        "order_choices",
        _text("enterprise"),
        _text("sort"),
        sa.Column("is_planned", sa.Boolean(), nullable=False),
        _day("changed_on"),
        _of_enterprise("order_choices"),
        sa.PrimaryKeyConstraint("enterprise", name=op.f("pk_order_choices")),
    )
    op.create_table(
        "deleted_tags",
        _text("enterprise"),
        _text("tag"),
        _day("deleted_on"),
        _of_enterprise("deleted_tags"),
        sa.PrimaryKeyConstraint("enterprise", "tag", name=op.f("pk_deleted_tags")),
    )
    op.create_table(
        "goals",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        *(_text(name) for name in ("enterprise", "product", "state", "document")),
        *(_day(name) for name in ("set_on", "review_on")),
        sa.Column("ended_on", sa.Date(), nullable=True),
        _of_enterprise("goals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_goals")),
    )
    with op.batch_alter_table("goals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_goals_enterprise"), ["enterprise"], unique=False)


def _text(name: str) -> "sa.Column[str]":
    return sa.Column(name, sa.Text(), nullable=False)


def _day(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.Date(), nullable=False)


def _of_enterprise(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["enterprise"], ["enterprises.id"], name=op.f(f"fk_{table}_enterprise_enterprises"))
