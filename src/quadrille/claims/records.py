"""Verdicts as records for machines: nanopublications, and ClaimReview for search engines.

A nanopublication is an assertion, where it comes from, and who published it (Groth, Gibson & Velterop 2010); its name is
the hash of the assertion, so that a changed one has another name. ClaimReview is schema.org's.
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from importlib.metadata import version
from typing import Any

from quadrille.claims.evidence import Answer, Check, Evidence, Part

__all__ = ["claim_reviews", "nanopublications"]

_CONTEXT = {
    "np": "http://www.nanopub.org/nschema#", "prov": "http://www.w3.org/ns/prov#",
    "dct": "http://purl.org/dc/terms/",
}  # fmt: skip
# Of five; the other verdicts are words alone.
_RATING = {"supported": 5, "evidence disagrees": 3, "too small to matter": 2, "contradicted": 1}


def _number(part: Part, verdict: str) -> dict[str, Any]:
    return {
        "number": part.name, "verdict": verdict, "rule": part.rule, "value": part.value,
        "band90": [part.lo, part.hi], "null": part.null, "small": part.small, "placeboP": part.placebo,
        "placebos": part.placebos, "base": part.base,
    }  # fmt: skip


def _source(e: Evidence) -> dict[str, Any]:
    made: dict[str, Any] = {"data": e.data, "verdict": e.verdict}
    if e.why:
        made["why"] = e.why
    if e.periods:
        made["period"] = [d.isoformat() for d in e.periods]
    return made | {"numbers": [_number(*p) for p in e.parts]}


def _assertion(a: Answer) -> dict[str, Any]:
    c = a.claim
    days = {"since": c.since, "until": c.until}
    return {
        "claim": c.says, "test": c.test, "ties": ["-".join(t) for t in c.ties], "direction": c.direction,
        **{k: v.isoformat() for k, v in days.items() if v},
        **{k: list(v) if isinstance(v, tuple) else v for k, v in c.options.items()},
        "verdict": a.verdict, "evidence": [_source(e) for e in a.evidence],
    }  # fmt: skip


def _name(assertion: dict[str, Any]) -> str:
    text = json.dumps(assertion, sort_keys=True, ensure_ascii=False)
    return f"urn:sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _derived(e: Evidence) -> dict[str, Any]:
    witnesses = list(e.witnesses) if e.witnesses else []
    return {
        "data": e.data,
        "events": e.rows,
        "witnesses": witnesses,
        "rowsOfTheTextLeftOut": e.left_out,
    }


def nanopublications(check: Check, made: date) -> list[dict[str, Any]]:
    """One nanopublication a claim: assertion, provenance, publication information."""
    text = {
        k: v
        for k in ("title", "author", "publisher", "date", "url")
        if (v := getattr(check.text, k))
    }
    found = []
    for a in check.answers:
        assertion = _assertion(a)
        found.append(
            {
                "@context": _CONTEXT,
                "@id": _name(assertion),
                "@type": "np:Nanopublication",
                "np:hasAssertion": assertion,
                "np:hasProvenance": {
                    "prov:hadPrimarySource": text,
                    "prov:wasDerivedFrom": [_derived(e) for e in a.evidence],
                    "prov:wasGeneratedBy": f"quadrille check {check.file}",
                },
                "np:hasPublicationInfo": {
                    "dct:created": made.isoformat(),
                    "dct:creator": f"quadrille {version('quadrille')}",
                    "dct:identifier": a.claim.id,
                },
            }
        )
    return found


def claim_reviews(check: Check, made: date) -> list[dict[str, Any]]:
    """One ClaimReview a claim, as JSON-LD."""
    text = check.text
    work: dict[str, Any] = {"@type": "Article", "headline": text.title}
    work |= {"url": text.url} if text.url else {}
    claim: dict[str, Any] = {"@type": "Claim", "appearance": work}
    claim |= {"author": {"@type": "Person", "name": text.author}} if text.author else {}
    claim |= {"datePublished": text.date} if text.date else {}
    return [
        {
            "@context": "https://schema.org",
            "@type": "ClaimReview",
            "datePublished": made.isoformat(),
            "claimReviewed": a.claim.says,
            "author": {"@type": "Organization", "name": "Quadrille"},
            "itemReviewed": claim,
            "reviewRating": _rating(a.verdict),
        }
        for a in check.answers
    ]


def _rating(verdict: str) -> dict[str, Any]:
    value = _RATING.get(verdict)
    scale = {"ratingValue": value, "bestRating": 5, "worstRating": 1} if value else {}
    return {"@type": "Rating", "alternateName": verdict.capitalize(), **scale}
