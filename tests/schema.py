#!/usr/bin/python3
"""Validates JSON files against a JSON Schema: tests/schema.py SCHEMA FILE…"""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    schema = json.load(file)
for name in sys.argv[2:]:
    with open(name, encoding="utf-8") as document:
        try:
            jsonschema.validate(json.load(document), schema)
        except (ValueError, jsonschema.ValidationError) as error:
            sys.exit(f"{name}: {error}")
