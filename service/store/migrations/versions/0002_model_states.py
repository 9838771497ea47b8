"""States of models: who approved which and when it was active; at most one active of a purpose."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENTS = ("trained_at", "approved_by", "approved_at", "activated_at", "retired_at")
STATES = "state IN ('trained', 'evaluated', 'approved', 'active', 'retired')"
ONE_ACTIVE = "ix_models_one_active_of_a_purpose"


def upgrade() -> None:
    """Apply; a model that is active or retired stays so, with nobody named as its approver."""
    with op.batch_alter_table("models", schema=None) as batch_op:
        for name in MOMENTS:
            batch_op.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch_op.create_check_constraint(batch_op.f("ck_models_state"), STATES)
    op.create_index(
        ONE_ACTIVE,
        "models",
        ["purpose"],
        unique=True,
        sqlite_where=sa.text("state = 'active'"),
        postgresql_where=sa.text("state = 'active'"),
    )


def downgrade() -> None:
    """Take back; what was approved but never active is retired, the only other state there was."""
    op.drop_index(ONE_ACTIVE, table_name="models")
    op.execute("UPDATE models SET state = 'retired' WHERE state <> 'active'")
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_models_state"), type_="check")
        for name in MOMENTS:
            batch_op.drop_column(name)
