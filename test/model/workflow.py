"""The life of a memo compared: written, submitted, approved by one after another, applied."""

import psycopg2

import server as db
from changes import effect
from memos import blank
from rules import Base


def operation_of(base, item):
    """The one statement that an item asks for; of a bound pair a bind is a change of it."""
    kind, o, giver, taker = item["change"], item["organization_id"], item["from_manager_id"], item["to_manager_id"]
    if kind == "bind" and (o, taker) in base.state.bindings:
        return {"form": "update", "rows": [[o, taker, {"additional": item["additional"]}]]}
    if kind == "bind":
        return {"form": "insert", "rows": [[o, taker, {"additional": item["additional"]}]], "conflict": None}
    if kind == "move":
        return {"form": "update", "rows": [[o, giver, {"manager_id": taker}]]}
    if kind == "unbind":
        return {"form": "delete", "rows": [[o, giver]]}
    return {"form": "link", "rows": [[o, item["head_id"] if kind == "link" else None]]}


def words_needed(base, item):
    change = (item["change"], item["organization_id"], item["from_manager_id"], item["to_manager_id"],
              item["head_id"], item["additional"], None)
    done = effect(base, operation_of(base, item))
    words = base.memos.needed(change, done.before, done.after, base.today)
    return words, any(base.memos.central(m, base.today) for m in base.memos.sides(change))


def compare(server, world, check):
    """None, or what differs."""
    server.all("SAVEPOINT workflow")
    try:
        return _differences(server, Base(world), check)
    finally:
        server.all("ROLLBACK TO workflow")


def _call(server, actor, call):
    """SQLSTATE and CONSTRAINT of a call by somebody, or (None, None)."""
    server.all("SAVEPOINT call")
    server.act_as(actor)
    try:
        server.all(call)
        server.act_as(None)
        return None, None
    except psycopg2.Error as error:
        server.all("ROLLBACK TO call")
        return error.pgcode, error.diag.constraint_name


def _differences(server, base, check):
    item, author = check["item"], check["author"]
    number = max(base.memos.memo, default=0) + 1
    server.all(db.load_sql({"memo": [dict(id=number, state="draft", author=author, reason="because", client_card=check["card"])],
                            "memo_item": [dict(item, memo_id=number, item_no=1, used_at=None)]}))
    words, card = words_needed(base, item)
    may = lambda role: {w for w in words if base.memos.as_role(role).acts_as(*w, base.today)}
    given = may(author)
    complete = lambda: given >= words and not (card and blank(check["card"]))

    def state_differs(after):
        wanted = "approved" if complete() else "submitted"
        got = server.all(f"SELECT state::text FROM kb.memo WHERE id = {number}")[0][0]
        return None if got == wanted else (f"workflow, after {after}: got {got}, expected {wanted};"
                                           f" needed {sorted(map(str, words))}, given {sorted(map(str, given))}")

    got = _call(server, author, f"SELECT kb.submit_memo({number})")
    if got[0] is not None:
        # A client card that a memo must have may be asked for at once.
        return None if card and blank(check["card"]) else f"workflow: {author} could not submit: {got}"
    difference = state_differs("submission")
    for role in () if difference else check["approvers"]:
        has_a_word = role != author and may(role)
        got = _call(server, role, f"SELECT kb.approve_memo({number})")
        if bool(got[0]) == bool(has_a_word) and not (has_a_word and may(role) <= given):
            return f"workflow: {role} approved: got {got}, expected {'42501' if not has_a_word else 'acceptance'}"
        if got[0] not in (None, "42501") and not given >= words:
            return f"workflow: {role} approved: got {got}"
        given |= has_a_word or set()
        difference = difference or state_differs(f"{role} approved")
    if difference or not complete():
        return difference
    return _applied(server, base, check, number)


def _applied(server, base, check, number):
    """The applicant applies it: as the plain statement would."""
    item = check["item"]
    memos = base.memos.as_role(check["applicant"])
    memos.memo = {**memos.memo, number: {"state": "approved", "client_card": check["card"]}}
    memos.items = memos.items + [dict(item, memo_id=number, item_no=1, used_at=None)]
    memos.words = memos.words + [dict(memo_id=number, approved=True, capacity=c, unit_id=u)
                                 for c, u in words_needed(base, item)[0]]
    base.memos = memos
    expected = effect(base, operation_of(base, item))
    told, blocking, _ = db.expectation(base, expected)
    got = _call(server, check["applicant"], f"SELECT kb.apply_memo({number})")
    if not expected.changes:        # nothing is left to be done
        return None
    if (got not in told and (got[0], None) not in told) if told else got[0] is not None:
        return (f"workflow: {check['applicant']} applied: got {got}, expected {sorted(map(str, told)) or 'acceptance'}:"
                f" {sorted(map(str, blocking))}")
    if not told and server.bindings() != expected.after.bindings:
        return "workflow: applied to other bindings"
    return None
