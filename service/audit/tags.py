"""Every audited act has one tag, `subject:object:act`; `what_happened` gives its label."""

from enum import StrEnum


class Tag(StrEnum):
    """The closed list of audited acts."""

    delivery_taken = "delivery:facts:taken"
    ground_recorded = "ground:enterprises:recorded"
    authorisation_given = "authorisation:enterprise:given"
    authorisation_revoked = "authorisation:enterprise:revoked"
    snapshot_built = "profile:snapshot:built"
    profile_viewed = "profile:enterprise:viewed"
    model_trained = "model:version:trained"
    model_approved = "model:version:approved"
    model_activated = "model:version:activated"
    model_retired = "model:version:retired"
    model_watched = "model:version:watched"
    products_loaded = "catalogue:products:loaded"
    product_saved = "catalogue:product:saved"
    product_withdrawn = "catalogue:product:withdrawn"
    versions_listed = "catalogue:versions:listed"
    order_chosen = "choice:order:changed"
    tag_deleted = "choice:tag:deleted"
    tag_restored = "choice:tag:restored"
    choices_read = "choice:enterprise:read"
    plan_made = "plan:orders:made"
    products_answered = "match:products:answered"
    enterprises_answered = "match:enterprises:answered"
    enterprises_listed = "registry:enterprises:listed"
    products_listed = "catalogue:products:listed"
    unmet_read = "demand:unmet:read"
    criterion_tried = "demand:criterion:tried"
    advice_answered = "advice:product:answered"
    flags_viewed = "profile:flags:viewed"
    goal_set = "goal:enterprise:set"
    goals_listed = "goal:enterprise:listed"
    goal_ended = "goal:enterprise:ended"
    goals_reviewed = "goal:enterprises:reviewed"
    readiness_read = "goal:products:read"
    policies_loaded = "policy:policies:loaded"
    policies_pushed = "policy:enterprises:pushed"
    policies_read = "policy:enterprise:read"
    policy_progressed = "policy:enterprise:progressed"
    policies_counted = "policy:pushes:counted"
    notices_chosen = "choice:notices:changed"
    cost_answered = "match:cost:answered"
    log_listed = "log:entries:listed"
    log_read = "log:entry:read"
    log_verified = "log:entries:verified"
    promises_read = "odds:promises:read"
    signed_in = "session:user:entered"


LABELS: dict[Tag, tuple[str, str]] = {
    Tag.delivery_taken: ("接收数据", "data taken in"),
    Tag.ground_recorded: ("登记免授权依据", "ground without consent recorded"),
    Tag.authorisation_given: ("企业授权", "authorisation given"),
    Tag.authorisation_revoked: ("撤回授权", "authorisation withdrawn"),
    Tag.snapshot_built: ("生成企业画像", "profiles built"),
    Tag.profile_viewed: ("查看企业画像", "profile viewed"),
    Tag.model_trained: ("训练模型", "model trained"),
    Tag.model_approved: ("批准模型", "model approved"),
    Tag.model_activated: ("启用模型", "model activated"),
    Tag.model_retired: ("停用模型", "model retired"),
    Tag.model_watched: ("监测模型", "model watched"),
    Tag.products_loaded: ("载入产品", "products loaded"),
    Tag.product_saved: ("保存产品版本", "version of a product saved"),
    Tag.product_withdrawn: ("停用产品", "product withdrawn"),
    Tag.versions_listed: ("列出产品版本", "versions of a product listed"),
    Tag.order_chosen: ("更改排序方式", "order changed by a firm"),
    Tag.tag_deleted: ("删除标签", "tag deleted"),
    Tag.tag_restored: ("恢复标签", "tag restored"),
    Tag.choices_read: ("查看排序与标签", "order and tags read"),
    Tag.plan_made: ("编制双向排序计划", "joint plan of both sides' orders made"),
    Tag.products_answered: ("为企业匹配产品", "products matched for an enterprise"),
    Tag.enterprises_answered: ("为产品匹配企业", "enterprises matched for a product"),
    Tag.enterprises_listed: ("列出企业", "enterprises listed"),
    Tag.products_listed: ("列出产品", "products listed"),
    Tag.unmet_read: ("查看未满足需求", "unmet demand read"),
    Tag.criterion_tried: ("试算调整准入条件", "change of a criterion tried"),
    Tag.advice_answered: ("给出改进建议", "advice given"),
    Tag.flags_viewed: ("查看突变提示", "flags of jumps viewed"),
    Tag.goal_set: ("设定融资目标", "goal set"),
    Tag.goals_listed: ("查看融资目标", "goals listed"),
    Tag.goal_ended: ("融资目标结束", "goal ended"),
    Tag.goals_reviewed: ("复核融资目标", "goals reviewed"),
    Tag.readiness_read: ("查看融资准备情况", "readiness read"),
    Tag.policies_loaded: ("载入政策", "policies loaded"),
    Tag.policies_pushed: ("推送政策", "policies pushed"),
    Tag.policies_read: ("企业查看政策", "policies read by a firm"),
    Tag.policy_progressed: ("政策办理进度", "a policy's progress"),
    Tag.policies_counted: ("统计政策推送", "policy pushes counted"),
    Tag.notices_chosen: ("选择是否接收通知", "notices opted out of or in to"),
    Tag.cost_answered: ("计算贷款成本", "cost of a loan answered"),
    Tag.log_listed: ("查询匹配日志", "log searched"),
    Tag.log_read: ("查看日志条目", "log entry read"),
    Tag.log_verified: ("核验匹配日志", "log verified"),
    Tag.promises_read: ("查看承诺与结果", "promises and outcomes read"),
    Tag.signed_in: ("登录", "signed in"),
}
