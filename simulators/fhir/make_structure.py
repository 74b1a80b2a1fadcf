#!/usr/bin/env python3
"""Writes structure_table.c from HL7's definitions: python3 make_structure.py FOLDER > structure_table.c

FOLDER holds StructureDefinition-*.json, ValueSet-*.json and CodeSystem-*.json of FHIR 4.0.1
(npm package hl7.fhir.r4.examples 4.0.1, CC0)."""
import json
import os
import re
import sys

RESOURCES = ["Device", "Encounter", "Observation", "Patient"]
TYPES = ["Address", "Age", "Annotation", "Attachment", "CodeableConcept", "Coding", "ContactPoint",
         "Count", "Distance", "Duration", "Extension", "HumanName", "Identifier", "Meta", "Money",
         "Narrative", "Period", "Quantity", "Range", "Ratio", "Reference", "SampledData",
         "Signature", "Timing"]
EVERYWHERE = {"id", "extension", "modifierExtension"}        # of every element; see structure.c
RESOURCE_MEMBERS = {"meta", "implicitRules", "language", "text", "contained"}
folder = sys.argv[1]


def load(kind, name):
    path = os.path.join(folder, "%s-%s.json" % (kind, name))
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def codes_of_system(system):
    out = []

    def walk(concepts):
        for c in concepts:
            out.append(c["code"])
            walk(c.get("concept", []))
    for name in os.listdir(folder):
        if name.startswith("CodeSystem-"):
            with open(os.path.join(folder, name), encoding="utf-8") as f:
                text = f.read()
            if '"%s"' % system in text:
                found = json.loads(text)
                if found.get("url") == system:
                    walk(found.get("concept", []))
    return out


def codes(url):
    try:
        vs = load("ValueSet", url.split("|")[0].split("/")[-1])
    except FileNotFoundError:
        return None
    out = []
    for part in vs.get("compose", {}).get("include", []):
        if "filter" in part or "valueSet" in part:
            return None
        got = [c["code"] for c in part["concept"]] if "concept" in part else codes_of_system(part["system"])
        if not got:
            return None
        out += got
    return out if len(out) <= 60 else None


def type_names(element):
    if "contentReference" in element:
        return [element["contentReference"].lstrip("#")]
    out = []
    for t in element.get("type", []):
        code = t["code"]
        if code.startswith("http://hl7.org/fhirpath/"):
            code = "string"
        out.append(element["path"] if code in ("BackboneElement", "Element") else code)
    return out


groups = {}
for name in RESOURCES + TYPES:
    sd = load("StructureDefinition", name)
    for e in sd["snapshot"]["element"][1:]:
        owner, _, leaf = e["path"].rpartition(".")
        if leaf in EVERYWHERE or (owner in RESOURCES and leaf in RESOURCE_MEMBERS):
            continue
        flags = []
        if e["min"] > 0:
            flags.append("FHIR_REQUIRED")
        if e["max"] != "1":
            flags.append("FHIR_MANY")
        if e.get("isSummary"):
            flags.append("FHIR_SUMMARY")
        names = type_names(e)
        binding = e.get("binding", {})
        allowed = None
        if binding.get("strength") == "required" and names == ["code"]:
            allowed = codes(binding.get("valueSet", ""))
        kinds = "*" if len(names) > 30 else "|".join(names)
        groups.setdefault(owner, []).append((leaf, kinds, flags, allowed))

print("""/* The elements of Device, Encounter, Observation, Patient and of the data types: HL7 FHIR 4.0.1.
 * Written by make_structure.py; not edited by hand. */
#include "simulators/fhir/structure.h"

/* clang-format off */
#define ELEMENTS(name) static const struct fhir_element name[]
#define R FHIR_REQUIRED
#define M FHIR_MANY
#define S FHIR_SUMMARY
""")
short = {"FHIR_REQUIRED": "R", "FHIR_MANY": "M", "FHIR_SUMMARY": "S"}


def c_name(owner):
    return re.sub(r"\W", "_", owner).lower() + "_"


for owner in sorted(groups):
    print("ELEMENTS(%s) = {" % c_name(owner))
    for leaf, kinds, flags, allowed in groups[owner]:
        row = '    {"%s", "%s", %s' % (leaf, kinds, " | ".join(short[f] for f in flags) or "0")
        if allowed:
            row += ','
            line = "     "
            words = ["%s%s" % (a, "|" if i + 1 < len(allowed) else "") for i, a in enumerate(allowed)]
            text, out = "", []
            for w in words:
                if len(text) + len(w) > 84:
                    out.append(text)
                    text = ""
                text += w
            out.append(text)
            row += "\n" + "\n".join('%s"%s"' % (line, t) for t in out)
        print(row + "},")
    print("    {0},\n};")
print("const struct fhir_structure fhir_structures[] = {")
for owner in sorted(groups):
    print('    {"%s", %s},' % (owner, c_name(owner)))
print("};")
print("const size_t fhir_structure_count = sizeof fhir_structures / sizeof *fhir_structures;")
