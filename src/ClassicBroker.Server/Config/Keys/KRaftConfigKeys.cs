namespace ClassicBroker.Server.Config.Keys;

/// <summary>
/// Keys that Kafka 3.9 defines for modes this broker does not have: KRaft, tiered storage, the new group coordinators. A file written
/// for both modes may hold them; they are accepted and have no effect.
/// </summary>
internal static class KRaftConfigKeys
{
    private static readonly string[] Prefixes =
    [
        "controller.quorum.", "controller.listener.names", "metadata.log.", "metadata.max.", "remote.log.", "rlmm.", "rsm.",
        "group.consumer.",
        "group.share.", "share.coordinator.", "broker.heartbeat.", "broker.session.timeout.ms", "initial.broker.registration.timeout.ms",
        "sasl.mechanism.controller.protocol", "zookeeper.metadata.migration.", "eligible.leader.replicas.enable",
    ];

    public static bool Contains(string key) => Prefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal));
}
