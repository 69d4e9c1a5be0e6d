"""The words of what is so with a Citus cluster: found, meaning for the pages, what to do."""

from components.status.words import N_

_NOT_READ = N_("It is not read: the next finer relation answers, or the readings do.")
_INSERT = N_("INSERT INTO influx_tag (tag_name) what it shall have.")

#: key -> what was found, what it means for the pages, what to do.
CLUSTER_WORDS = {
    "citus": (N_("Citus %(version)s."), "", ""),
    "citus_nodes": (
        N_("Citus %(version)s, readings on %(nodes)s nodes."),
        N_("What is asked about many tags starts from influx_tag on each of them."),
        "",
    ),
    "citus_unused": (
        N_("Citus %(version)s, and influx_hist is not distributed."),
        N_("It is read as on a single server."),
        N_("Where one server is enough, nothing; else docs/citus.md says how it is distributed."),
    ),
    "citus_beside": (
        N_("Distributed by %(column)s, side by side: %(relations)s."),
        N_("Each node answers about its own tags."),
        "",
    ),
    "citus_elsewhere": (
        N_("Not beside the readings: %(relations)s."),
        N_("They are read by themselves, whole or of one tag."),
        "",
    ),
    "citus_apart": (
        N_("distributed by %(column)s, but not beside influx_hist"),
        _NOT_READ,
        N_(
            "SELECT undistribute_table('%(relation)s'), then create_distributed_table"
            "('%(relation)s', 'tag_name', colocate_with => 'influx_hist')."
        ),
    ),
    "citus_whole": (
        N_("not distributed, while influx_hist is"),
        _NOT_READ,
        N_(
            "SELECT create_distributed_table('%(relation)s', 'tag_name', colocate_with =>"
            " 'influx_hist')."
        ),
    ),
    "citus_nodes_unread": (
        N_("The nodes of the cluster did not answer in time."),
        N_("Whether all of them are there and their clocks agree is not known."),
        N_("See citus_check_cluster_node_health() on the coordinator."),
    ),
    "citus_jit": (
        N_("jit is on at %(nodes)s."),
        N_("Statements about many tags take many times as long there; Ksys cannot turn it off."),
        N_("ALTER SYSTEM SET jit = off there, and SELECT pg_reload_conf()."),
    ),
    "citus_clock": (
        N_("The clock of %(node)s is %(span)s from that of the coordinator."),
        N_("Ages and freshness of the tags that lie there are wrong by that much."),
        N_("Let all nodes keep their clocks by NTP."),
    ),
    "citus_unnamed": (
        N_("readings of tags that have no row: %(tags)s"),
        N_("On a Citus cluster these tags are on no page."),
        _INSERT,
    ),
    "citus_ruled": (
        N_("rules of tags that have no row: %(tags)s"),
        N_("On a Citus cluster these tags are on no page, and never alarm."),
        _INSERT,
    ),
}
