"""Marketing cannot be queued without its slot, and without a decision to send that saw the consent."""

from django.db import migrations

GUARD = """
CREATE FUNCTION tactful_guard_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    unguarded uuid;
BEGIN
    SELECT message.key INTO unguarded
    FROM queued AS message
    WHERE message.category <> 'service'
      AND (NOT EXISTS (
              SELECT FROM decisions_touch AS touch
              WHERE touch.message_key = message.key AND touch.customer_id = message.customer_id
          ) OR NOT EXISTS (
              SELECT FROM decisions_decision AS decision
              WHERE decision.id = message.decision_id AND decision.message_key = message.key
                AND decision.customer_id = message.customer_id AND decision.verdict = 'send'
                AND decision.reasons @> '[{"rule": "consent", "verdict": "pass"}]'
          ))
    LIMIT 1;
    IF unguarded IS NOT NULL THEN
        RAISE EXCEPTION 'message % is marketing without a slot, or without a decision that saw consent', unguarded
            USING ERRCODE = 'check_violation', CONSTRAINT = 'marketing_is_decided';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER marketing_is_decided AFTER INSERT ON delivery_delivery
    REFERENCING NEW TABLE AS queued FOR EACH STATEMENT EXECUTE FUNCTION tactful_guard_outbox();
"""
UNGUARD = "DROP TRIGGER marketing_is_decided ON delivery_delivery; DROP FUNCTION tactful_guard_outbox();"


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_restraint"), ("delivery", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNGUARD)]
