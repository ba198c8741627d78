# -*- coding: utf-8 -*-
"""The collectors that the bridge brings along."""
from support import WithHost


class Collectors(WithHost):
    def test_collectors_of_integrations(self):
        changes = self.changes("CollectHostVersion") + self.changes("CollectWorkspace")
        self.assertEqual([change["data-set"]["key"] for change in changes], ["hostVersion", "workspaceDir"])
        self.assertEqual(self.changes("CollectCurrentFile"), [])  # a plain Python has none
