"""What says to come from Amazon is believed only with Amazon's signature under it."""

import json
from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.delivery import sns_kit as kit
from tests.delivery.sns_kit import CERTIFICATE, HOST, NOW, SUBSCRIBE, certificate, signed

from tactful.delivery.domain import sns
from tactful.delivery.domain.proof import Forged
from tactful.delivery.domain.sns import NOTIFICATION, SUBSCRIBED, UNSUBSCRIBED
from tactful.kernel.errors import InvalidInput

DAY = timedelta(days=1)
PEM = "/SimpleNotificationService-abc.pem"


def verify(said: dict[str, Any], by: x509.Certificate | None = None) -> None:
    sns.verify(sns.read(json.dumps(said).encode()), by or certificate(), now=NOW)


@pytest.mark.parametrize("version", ["1", "2"])
@pytest.mark.parametrize(
    ("kind", "more"),
    [
        (NOTIFICATION, {}),
        (NOTIFICATION, {"Subject": "Amazon SES Email Event", "Message": "two\nlines of “words”"}),
        (SUBSCRIBED, {}),
        (UNSUBSCRIBED, {}),
    ],
)
def test_what_amazon_signed_is_believed(version: str, kind: str, more: dict[str, str]) -> None:
    said = signed(kind, SignatureVersion=version, **more)
    verify(said)
    with pytest.raises(Forged):
        verify({**said, "Message": f"{said['Message']}."})


def test_a_subject_of_null_is_none() -> None:
    verify({**signed(), "Subject": None})
    with pytest.raises(Forged):
        verify({**signed(), "Subject": ""})


CHANGED = [
    (signed(), {"Message": '{"other": 1}'}),
    (signed(Subject="Hello"), {"Subject": "Hullo"}),
    (signed(Subject="Hello"), {"Subject": None}),
    (signed(), {"Subject": "added"}),
    (signed(), {"MessageId": "m2"}),
    (signed(), {"Timestamp": "2026-03-02T10:00:00.001Z"}),
    (signed(), {"TopicArn": kit.TOPIC.replace("1234", "9999")}),
    (signed(), {"SignatureVersion": "2"}),
    (signed(SignatureVersion="2"), {"SignatureVersion": "1"}),
    (signed(), {"SignatureVersion": "3"}),
    (signed(), {"SignatureVersion": 1}),
    (signed(), {"Signature": ""}),
    (signed(), {"Signature": "not base64!"}),
    (signed(), {"Signature": "AAAA"}),
    (signed(), {"Message": "\ud800"}),
    (signed(SUBSCRIBED), {"SubscribeURL": SUBSCRIBE + "1"}),
    (signed(SUBSCRIBED), {"Token": "1"}),
    (signed(SUBSCRIBED), {"Type": UNSUBSCRIBED}),
    (signed(SUBSCRIBED), {"Type": NOTIFICATION}),
]


@pytest.mark.parametrize(("said", "changed"), CHANGED)
def test_what_was_changed_underway_is_forged(said: dict[str, Any], changed: dict[str, Any]) -> None:
    with pytest.raises(Forged):
        verify({**said, **changed})


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((NOTIFICATION, name) for name in ("Message", "MessageId", "Timestamp", "TopicArn")),
        *((SUBSCRIBED, name) for name in ("Message", "Token", "SubscribeURL")),
        *((NOTIFICATION, name) for name in ("Signature", "SignatureVersion")),
    ],
)
def test_what_misses_a_field_is_forged_and_says_which(kind: str, name: str) -> None:
    said = signed(kind)
    del said[name]
    with pytest.raises(Forged, match=name):
        verify(said)


@pytest.mark.parametrize(
    ("by", "why"),
    [
        (certificate(begins=NOW - 9 * DAY, ends=NOW - DAY), "not valid now"),
        (certificate(begins=NOW + DAY, ends=NOW + 9 * DAY), "not valid now"),
        (certificate(kit.key("somebody else")), "missing or wrong"),
        (certificate(ec.generate_private_key(ec.SECP256R1())), "not known"),
    ],
)
def test_a_certificate_that_is_old_or_not_that_signers_proves_nothing(by: x509.Certificate, why: str) -> None:
    with pytest.raises(Forged, match=why):
        verify(signed(), by)


GOOD_HOSTS = [
    "sns.us-east-1.amazonaws.com",
    "sns.us-gov-west-1.amazonaws.com",
    "sns.ap-southeast-2.amazonaws.com",
    "sns.cn-north-1.amazonaws.com.cn",
]
BAD_HOSTS = [
    "evil.example",
    "sns.us-east-1.amazonaws.com.evil.example",
    "sns.us-east-1.amazonaws.com.evil",
    "sns.us-east-1.amazonaws.com@evil.example",
    "sns.us-east-1.amazonaws.com:8443",
    "sns.us-east-1.amazonaws.com\\@evil.example",
    "sns.us-east-1.amazonaws.com\t.evil.example",
    "sns.us-east-1.amazonaws.com%2f.evil.example",
    "evil.example/sns.us-east-1.amazonaws.com",
    "evil.example#sns.us-east-1.amazonaws.com",
    "sns-us-east-1.amazonaws.com",
    "xsns.us-east-1.amazonaws.com",
    "sns.us-east-1.evil.amazonaws.com",
    "sns.us-east-1xamazonaws.com",
    "sns.s3-us-east-1.amazonaws.com",  # a bucket named sns
    "sns.s3.us-east-1.amazonaws.com",
    "sns.s3.amazonaws.com",
    "sns.amazonaws.com",
    "s3.amazonaws.com",
    "127.0.0.1",
    "",
]


def of(**said: Any) -> sns.Notice:
    return sns.Notice(kit.unsigned(SUBSCRIBED, **said))


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_addresses_at_amazon_are_taken(host: str) -> None:
    assert sns.certificate_address(of(SigningCertURL=f"https://{host}{PEM}")) == f"https://{host}{PEM}"
    subscribe = f"https://{host}/?Action=ConfirmSubscription&Token=1"
    assert sns.subscribe_address(of(SubscribeURL=subscribe)) == subscribe


@pytest.mark.parametrize("host", BAD_HOSTS)
def test_hosts_that_are_not_amazons_service_are_refused(host: str) -> None:
    with pytest.raises(Forged):
        sns.certificate_address(of(SigningCertURL=f"https://{host}{PEM}"))
    with pytest.raises(Forged):
        sns.subscribe_address(of(SubscribeURL=f"https://{host}/?Action=ConfirmSubscription&Token=1"))


@pytest.mark.parametrize(
    "address",
    [
        CERTIFICATE.replace("https", "http"),
        CERTIFICATE.replace("https:", ""),
        CERTIFICATE.replace("https", "ftp"),
        CERTIFICATE.removesuffix(".pem"),
        f"{CERTIFICATE}\n",
        f" {CERTIFICATE}",
        f"{CERTIFICATE}?x=1",
        f"{CERTIFICATE}#x",
        f"{HOST}/?Action=GetEndpointAttributes&EndpointArn=a&x=.pem",
        f"{HOST}/other/SimpleNotificationService-abc.pem",
        f"{HOST}/evil.pem",
        f"{HOST}/../SimpleNotificationService-abc.pem",
        "",
        None,
        7,
    ],
)
def test_a_certificate_is_not_taken_from_elsewhere_at_amazon(address: Any) -> None:
    with pytest.raises(Forged):
        sns.certificate_address(of(SigningCertURL=address))


@pytest.mark.parametrize(
    "address",
    [
        SUBSCRIBE.replace("https", "http"),
        f"{HOST}/?Action=Unsubscribe&SubscriptionArn=a",
        f"{HOST}/x?Action=ConfirmSubscription&Token=1",
        f"{SUBSCRIBE} x",
        SUBSCRIBE + "x" * 2000,
    ],
)
def test_only_the_address_of_a_confirmation_is_opened(address: str) -> None:
    with pytest.raises(Forged):
        sns.subscribe_address(of(SubscribeURL=address))
    assert sns.subscribe_address(sns.Notice(kit.unsigned())) == ""


@pytest.mark.parametrize(
    ("topic", "account"),
    [
        (kit.TOPIC, "123456789012"),
        ("arn:aws-cn:sns:cn-north-1:210987654321:mail.fifo", "210987654321"),
        ("arn:aws:sqs:eu-west-1:123456789012:mail", None),
        ("arn:aws:sns:eu-west-1:12345:mail", None),
        ("arn:aws:sns:eu-west-1:123456789012:mail:0b2c", None),
        ("mail", None),
    ],
)
def test_a_topic_names_its_account(topic: str, account: str | None) -> None:
    if account:
        assert sns.account(of(TopicArn=topic)) == account
        return
    with pytest.raises(Forged):
        sns.account(of(TopicArn=topic))


@pytest.mark.parametrize(
    "body", [b"", b"x", b"[]", b"{}", b'{"Type": "Other"}', b'{"Type": []}', b"\xff", b"[" * 99999]
)
def test_what_is_no_message_of_the_service_is_told_so(body: bytes) -> None:
    with pytest.raises(InvalidInput) as told:
        sns.read(body)
    assert not isinstance(told.value, Forged)
