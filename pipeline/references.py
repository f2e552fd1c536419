"""What lies beside the conversations of a source: CRM tables, personas, messages, call details.

They are read again each night, since names of people, needed to redact, are never stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from core.settings import Settings, read_subject_key
from core.store.conversations import list_unlinked, relink_conversations
from core.store.crm import account_ids, deal_ids, save_crm
from core.store.files import DETAILS, list_paths, save_quarantine
from core.store.personas import save_definition, save_messages
from core.vocabulary import Conversation, ConversationKind, CrmTables, Turn, make_id
from pipeline.ingest.crm import index_accounts, link_problems, merge_crm
from pipeline.ingest.document import ParsedFile
from pipeline.ingest.registry import parse_file
from pipeline.ingest.source import Listing, list_files, read_file
from pipeline.links import Directory, late_link
from pipeline.night import Counts, Night
from pipeline.resources import get_redactor, get_store

REFERENCE_SUFFIXES = (".csv", ".yaml", ".yml")


def read_references(url: str, night: Night, settings: Settings) -> Counts:
    """Stores the CRM tables, personas and messages of a source."""
    listing = list_source(url, night.run_id)
    parsed = parse_references(url, night.run_id, settings)
    crm, places = merge_crm(parsed.values())
    redacted = redact_tables(resolve_accounts(crm))
    with get_store(settings).begin() as conn:
        save_crm(
            conn,
            source=source_name(url, listing),
            crm=redacted,
            key=read_subject_key(settings),
        )
        n_refused = save_quarantine(
            conn,
            source=url,
            path="crm links",
            problems=link_problems(crm, places),
            run_id=night.run_id,
            now=night.now,
        )
        n_personas = sum(
            save_definition(conn, persona, file_hash=make_id("file", repr(persona)), now=night.now)
            for one in parsed.values()
            for persona in one.personas
        )
        save_messages(conn, [message for one in parsed.values() for message in one.messages])
    return {"n_quarantined": n_refused, "n_personas_changed": n_personas}


def relink(url: str, night: Night, settings: Settings) -> Counts:
    """Joins conversations to accounts and deals that the CRM has come to know since."""
    directory = read_directory(url, night.run_id, settings)
    with get_store(settings).begin() as conn:
        links = [
            {"key": row.id, **found}
            for row in list_unlinked(conn, directory.source)
            if (found := late_link(row.account_ref, row.deal_ref, row.attributes, directory))
        ]
        relink_conversations(conn, links)
    return {"n_relinked": len(links)}


@lru_cache(maxsize=8)
def list_source(url: str, _run_id: str) -> Listing:
    """The files of a source as they are when a run first looks; once a run."""
    return list_files(url)


def source_name(url: str, listing: Listing) -> str:
    """The name of a source: from its `source.yaml`, else of its folder."""
    return listing.config.name or url.rstrip("/").rsplit("/", 1)[-1]


@lru_cache(maxsize=8)
def read_directory(url: str, run_id: str, settings: Settings) -> Directory:
    """What is known about a source, once a run; after `read_references` has stored the CRM."""
    listing = list_source(url, run_id)
    source = source_name(url, listing)
    parsed = parse_references(url, run_id, settings)
    crm = resolve_accounts(merge_crm(parsed.values())[0])
    with get_store(settings).read() as conn:
        return Directory.build(
            source=source,
            config=listing.config,
            crm=crm,
            details=tuple(detail for one in parsed.values() for detail in one.details),
            own_domains=(*settings.own_domains, *listing.config.own_domains),
            account_ids=account_ids(conn, source),
            deal_ids=deal_ids(conn, source),
            subject_key=read_subject_key(settings),
        )


@lru_cache(maxsize=8)
def parse_references(url: str, run_id: str, settings: Settings) -> Mapping[str, ParsedFile]:
    """Path -> what it holds, for the tables and lists beside the conversations; once a run.

    Raises:
        UnreadableFile: one of them cannot be read. Without it names might stay in what is stored.
    """
    listing = list_source(url, run_id)
    with get_store(settings).read() as conn:
        detailed = list_paths(conn, source=url, format_prefix=DETAILS)
    found = {}
    for file in listing.files:
        if file.path.lower().endswith(REFERENCE_SUFFIXES) or file.path in detailed:
            content = read_file(file, max_bytes=settings.max_file_bytes)
            found[file.path] = parse_file(content, file.path, listing.config)
    return found


def resolve_accounts(crm: CrmTables) -> CrmTables:
    """The tables with the account of each contact and deal by its key, however it was named."""
    index = index_accounts(crm.accounts)

    def key_of(reference: str | None) -> str | None:
        account = index.find(reference) if reference else None
        return account.key if account else reference

    return CrmTables(
        crm.accounts,
        tuple(replace(row, account=key_of(row.account or row.email)) for row in crm.contacts),
        tuple(replace(row, account=key_of(row.account)) for row in crm.deals),
    )


def redact_tables(crm: CrmTables) -> CrmTables:
    """The tables with names and numbers of people taken out of titles, stages and free columns."""
    columns = (
        *(row.attributes for row in crm.accounts),
        *(row.attributes for row in crm.contacts),
        *(row.attributes for row in crm.deals),
    )
    texts = {value for attributes in columns for value in attributes.values()}
    texts |= {row.title for row in crm.contacts if row.title}
    texts |= {row.stage for row in crm.deals if row.stage}
    known = sorted(texts)
    clean = dict(zip(known, redact_texts(known, crm), strict=True))
    return CrmTables(
        tuple(replace(row, attributes=_clean(row.attributes, clean)) for row in crm.accounts),
        tuple(
            replace(
                row,
                attributes=_clean(row.attributes, clean),
                title=clean[row.title] if row.title else None,
            )
            for row in crm.contacts
        ),
        tuple(
            replace(
                row,
                attributes=_clean(row.attributes, clean),
                stage=clean[row.stage] if row.stage else None,
            )
            for row in crm.deals
        ),
    )


def redact_texts(texts: Sequence[str], crm: CrmTables) -> tuple[str, ...]:
    """Short texts without personal data, in their order."""
    if not texts:
        return ()
    pseudo = Conversation("texts", ConversationKind.NOTE, tuple(Turn("", text) for text in texts))
    return tuple(turn.text for turn in get_redactor().redact(pseudo, crm).turns)


def _clean(attributes: Mapping[str, str], clean: Mapping[str, str]) -> dict[str, str]:
    return {name: clean[value] for name, value in attributes.items()}
