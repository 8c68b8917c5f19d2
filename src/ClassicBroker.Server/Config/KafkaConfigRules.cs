using ClassicBroker.Primitives;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Security;

namespace ClassicBroker.Server.Config;

/// <summary>The rules that tie several broker keys together. A broken one stops the start.</summary>
internal static class KafkaConfigRules
{
    private const long DedupeBytesPerCleanerMin = 1024 * 1024;

    /// <exception cref="ConfigException">A rule is broken; the message names the keys.</exception>
    public static void Check(KafkaConfig config)
    {
        CheckIdentity(config);
        CheckLog(config);
        CheckReplication(config);
        CheckSockets(config);
        CheckUnavailable(config);
        CheckTls(config);
    }

    private static void CheckIdentity(KafkaConfig config)
    {
        var values = config.Values;
        var (brokerId, nodeId) = (values.Int("broker.id"), values.Int("node.id"));
        Require(
            brokerId == nodeId || brokerId < 0 || nodeId < 0,
            $"You must set `node.id` to the same value as `broker.id`; they are {nodeId} and {brokerId}.");
        Require(
            !config.BrokerIdGenerationEnable || (config.BrokerId >= -1 && config.BrokerId <= config.ReservedBrokerMaxId),
            "broker.id must be greater than or equal to -1 and not greater than reserved.broker.max.id");
        Require(config.BrokerIdGenerationEnable || config.BrokerId >= 0, "broker.id must be greater than or equal to 0");
        Require(config.ZooKeeperConnect.Length > 0, "zookeeper.connect must name at least one host:port");
    }

    private static void CheckLog(KafkaConfig config)
    {
        Require(config.LogRollMs >= 1, "log.roll.ms must be greater than or equal to 1");
        Require(config.LogRollJitterMs >= 0, "log.roll.jitter.ms must be greater than or equal to 0");
        Require(
            config.LogRetentionMs is >= 1 or -1,
            "log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
        Require(config.LogDirs.Count > 0, "At least one log directory must be defined via log.dirs or log.dir.");
        Require(
            config.LogDirs.Distinct(StringComparer.Ordinal).Count() == config.LogDirs.Count,
            $"log.dirs names a directory twice: {string.Join(',', config.LogDirs)}");
        var cleaners = config.Values.Int("log.cleaner.threads");
        Require(
            cleaners == 0 || config.Values.Long("log.cleaner.dedupe.buffer.size") / cleaners > DedupeBytesPerCleanerMin,
            "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.");
    }

    private static void CheckReplication(KafkaConfig config)
    {
        var values = config.Values;
        var waitMs = values.Int("replica.fetch.wait.max.ms");
        Require(
            waitMs <= values.Int("replica.socket.timeout.ms"),
            "replica.socket.timeout.ms should always be at least replica.fetch.wait.max.ms to prevent unnecessary socket timeouts");
        Require(
            waitMs <= config.ReplicaLagTimeMaxMs,
            "replica.fetch.wait.max.ms should always be less than or equal to replica.lag.time.max.ms "
            + "to prevent frequent changes in ISR");
        Require(
            values.Short("offsets.commit.required.acks") >= -1
            && values.Short("offsets.commit.required.acks") <= values.Short("offsets.topic.replication.factor"),
            "offsets.commit.required.acks must be greater or equal -1 and less or equal to offsets.topic.replication.factor");
        Require(
            !values.List("group.coordinator.rebalance.protocols").Contains("consumer")
            && values.List("group.coordinator.rebalance.protocols").Contains("classic"),
            "group.coordinator.rebalance.protocols must be classic: the consumer rebalance protocol needs KRaft");
    }

    private static void CheckSockets(KafkaConfig config)
    {
        var values = config.Values;
        var queuedMaxBytes = values.Long("queued.max.request.bytes");
        Require(
            queuedMaxBytes <= 0 || queuedMaxBytes >= config.SocketRequestMaxBytes,
            "queued.max.request.bytes must be larger or equal to socket.request.max.bytes");
        Require(
            values.Int("max.connections.per.ip") > 0 || values.String("max.connections.per.ip.overrides").Length > 0,
            "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.");
        BrokerConnectionLimits.ParseOverrides(values.String("max.connections.per.ip.overrides"));
        var idleMs = values.Long("connections.max.idle.ms");
        Require(
            idleMs < 0 || values.Int("connection.failed.authentication.delay.ms") < idleMs,
            $"connection.failed.authentication.delay.ms={values.Int("connection.failed.authentication.delay.ms")} should always be less "
            + $"than connections.max.idle.ms={idleMs} to prevent failed authentication responses from timing out");
    }

    /// <summary>What would be unsafe to ignore is refused: a listener that asks for a guard must never come up without it.</summary>
    private static void CheckUnavailable(KafkaConfig config)
    {
        Require(
            config.Values.String("authorizer.class.name").Length == 0,
            $"authorizer.class.name={config.Values.String("authorizer.class.name")}: this build has no authorizer; remove the key to start "
            + "without authorization.");
        foreach (var listener in config.Listeners.Bound)
        {
            Require(
                listener.SecurityProtocol is SecurityProtocol.Plaintext or SecurityProtocol.Ssl,
                $"Listener {listener} asks for {listener.SecurityProtocol.WireName()}; this build serves PLAINTEXT and SSL listeners and has "
                + "no SASL yet.");
        }
    }

    private static void CheckTls(KafkaConfig config)
    {
        foreach (var listener in config.Listeners.Bound.Where(listener => listener.SecurityProtocol == SecurityProtocol.Ssl))
        {
            ListenerTls.Settings(config, listener.ListenerName);
            PrincipalMapping.Parse(config.ValuesOf(listener.ListenerName).String("ssl.principal.mapping.rules"));
        }
    }

    private static void Require(bool holds, string sentence)
    {
        if (!holds)
        {
            throw new ConfigException(sentence);
        }
    }
}
