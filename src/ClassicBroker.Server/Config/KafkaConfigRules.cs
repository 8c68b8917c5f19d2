using ClassicBroker.Primitives;
using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Server.Config.Keys;
using ClassicBroker.Server.Hosting;
using ClassicBroker.Server.Security;
using ClassicBroker.Server.Security.Acls;

namespace ClassicBroker.Server.Config;

/// <summary>The rules that tie several broker keys together. A broken one stops the start.</summary>
internal static class KafkaConfigRules
{
    private const long DedupeBytesPerCleanerMin = 1024 * 1024;
    private const string DefaultPrincipalBuilder = "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder";
    private const string JmxReporter = "org.apache.kafka.common.metrics.JmxReporter";

    /// <exception cref="ConfigException">A rule is broken; the message names the keys.</exception>
    public static void Check(KafkaConfig config)
    {
        CheckIdentity(config);
        CheckLog(config);
        CheckReplication(config);
        CheckSockets(config);
        CheckUnavailable(config);
        CheckTls(config);
        CheckSasl(config);
        OperationsListeners.Read(OperationsConfigKeys.Metrics, config.MetricsListeners);
        OperationsListeners.Read(OperationsConfigKeys.Health, config.HealthListeners);
        HostedConsole.Read(config);
    }

    /// <summary>What would choose KRaft, the migration to it, or tiered storage.</summary>
    /// <exception cref="ConfigException">It is asked for.</exception>
    public static void CheckMode(ConfigValues values)
    {
        var roles = string.Join(',', values.List("process.roles"));
        if (roles.Length > 0)
        {
            throw new ConfigException("process.roles", roles, "this broker keeps its metadata in ZooKeeper; remove the key");
        }

        Require(
            !values.Bool("zookeeper.metadata.migration.enable") || values.List("controller.quorum.voters").Count > 0
            || values.List("controller.quorum.bootstrap.servers").Count > 0,
            "If using zookeeper.metadata.migration.enable, either controller.quorum.bootstrap.servers must contain the set of bootstrap "
            + "controllers or controller.quorum.voters must contain a parseable set of controllers.");
        if (values.Bool("zookeeper.metadata.migration.enable"))
        {
            throw new ConfigException("zookeeper.metadata.migration.enable", "true", "there is no KRaft mode to migrate to");
        }

        var controllers = JavaText.SplitList(values.StringOrNull("controller.listener.names") ?? "");
        Require(
            controllers.Length == 0,
            $"controller.listener.names must be empty when not running in KRaft mode: [{string.Join(',', controllers)}]");
        if (values.Bool("remote.log.storage.system.enable"))
        {
            throw new ConfigException("remote.log.storage.system.enable", "true", "there is no tiered storage; remove the key");
        }
    }

    private static void CheckIdentity(KafkaConfig config)
    {
        Require(
            config.BrokerId == config.Values.Int("node.id"), "You must set `node.id` to the same value as `broker.id`.");
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
            "offsets.commit.required.acks must be greater or equal to -1 and less or equal to offsets.topic.replication.factor");
        var protocols = values.List("group.coordinator.rebalance.protocols");
        Require(protocols.Contains("classic"), "Disabling the 'classic' protocol is not supported.");
        Require(
            !protocols.Contains("consumer"),
            "The new 'consumer' rebalance protocol is only supported in KRaft cluster with the new group coordinator.");
    }

    private static void CheckSockets(KafkaConfig config)
    {
        var values = config.Values;
        var queuedMaxBytes = values.Long("queued.max.request.bytes");
        Require(
            queuedMaxBytes <= 0 || queuedMaxBytes >= config.SocketRequestMaxBytes,
            "queued.max.request.bytes must be larger or equal to socket.request.max.bytes");
        Require(values.Int("max.connections") > 0, "max.connections=0 lets no one connect, not even to change it.");
        Require(
            values.Int("max.connections.per.ip") > 0 || values.String("max.connections.per.ip.overrides").Length > 0,
            "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.");
        BrokerConnectionLimits.ParseOverrides(values.String("max.connections.per.ip.overrides"));
        foreach (var key in new[] { "socket.receive.buffer.bytes", "socket.send.buffer.bytes" })
        {
            Require(values.Int(key) is > 0 or -1, $"{key}={values.Int(key)}: size cannot be 0 or negative, but for -1");
        }

        var bound = config.Listeners.Bound.Select(listener => listener.ListenerName).ToHashSet(StringComparer.Ordinal);
        var earlyListeners = JavaText.SplitList(values.StringOrNull("early.start.listeners") ?? "");
        foreach (var early in earlyListeners.Select(name => name.ToUpperInvariant()))
        {
            Require(
                bound.Contains(early),
                $"early.start.listeners contains listener {early}, but this is not contained in listeners or controller.listener.names");
        }

        var idleMs = values.Long("connections.max.idle.ms");
        Require(
            idleMs < 0 || values.Int("connection.failed.authentication.delay.ms") < idleMs,
            $"connection.failed.authentication.delay.ms={values.Int("connection.failed.authentication.delay.ms")} should always be less "
            + $"than connections.max.idle.ms={idleMs} to prevent failed authentication responses from timing out");
    }

    /// <summary>What would be unsafe to ignore is refused: a listener that asks for a guard must never come up without it.</summary>
    private static void CheckUnavailable(KafkaConfig config)
    {
        AclAuthorizerConfig.Read(config);
        CheckClasses(config);
    }

    /// <summary>Classes that Kafka would load and that say what the broker is to do; there is nothing to load them here.</summary>
    private static void CheckClasses(KafkaConfig config)
    {
        const string principalBuilder = "principal.builder.class";
        foreach (var builder in new[] { config.Values }.Concat(config.Listeners.Bound.Select(bound => config.ValuesOf(bound.ListenerName)))
            .Select(values => values.StringOrNull(principalBuilder)).Where(builder => builder is not (null or DefaultPrincipalBuilder)))
        {
            // Java has every class of its own, and none of them is Kafka's.
            throw builder!.StartsWith("java.", StringComparison.Ordinal)
                ? new ConfigException("principal.builder.class must implement KafkaPrincipalSerde")
                : new ConfigException(principalBuilder, builder, $"Class {builder} could not be found.");
        }

        foreach (var reporter in config.Values.List("metric.reporters").Where(reporter => reporter != JmxReporter))
        {
            throw new ConfigException($"Class {reporter} cannot be found");
        }
    }

    private static void CheckTls(KafkaConfig config)
    {
        foreach (var listener in config.Listeners.Bound.Where(
            listener => listener.SecurityProtocol is SecurityProtocol.Ssl or SecurityProtocol.SaslSsl))
        {
            ListenerTls.Settings(config, listener.ListenerName);
            PrincipalMapping.Parse(config.ValuesOf(listener.ListenerName).String("ssl.principal.mapping.rules"));
        }
    }

    private static void CheckSasl(KafkaConfig config)
    {
        var values = config.ValuesOf(config.Listeners.InterBroker);
        Require(
            config.Listeners.InterBrokerProtocol is not (SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl)
            || values.List("sasl.enabled.mechanisms").Contains(values.String("sasl.mechanism.inter.broker.protocol")),
            "requirement failed: sasl.mechanism.inter.broker.protocol must be included in sasl.enabled.mechanisms when SASL is used for "
            + "inter-broker communication");
        if (config.Values.StringOrNull("sasl.server.callback.handler.class") is { } handler
            && !CallbackClasses.IsBuiltIn("sasl.server.callback.handler.class", handler, SaslMechanismNames.Plain)
            && !CallbackClasses.IsBuiltIn("sasl.server.callback.handler.class", handler, SaslMechanismNames.OAuthBearer))
        {
            throw new ConfigException("sasl.server.callback.handler.class", handler, $"Class {handler} could not be found.");
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
