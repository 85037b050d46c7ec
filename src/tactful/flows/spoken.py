"""What messages may say of a customer."""

from tactful.customers.queries import Profile


def spoken_to(person: Profile | None) -> dict[str, object]:
    """What a template may call the customer by. Unset fields are absent, so that a default in the text applies."""
    if person is None:
        return {}
    named = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "email": person.email,
        "city": person.city,
        "country": person.country,
        "language": person.language,
        "attributes": person.attributes,
    }
    return {name: value for name, value in named.items() if value}
