using ClassicBroker.Primitives;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Hosting;

/// <summary>What the start and stop of a broker tell <c>server.log</c>, in Kafka's words where scripts look for them. Immutable.</summary>
internal sealed partial class ServerTrace(ILoggerFactory loggers)
{
    private readonly ILogger _logger = loggers.CreateLogger("kafka.server.KafkaServer");

    [LoggerMessage(Level = LogLevel.Information, Message = "starting")]
    public partial void Starting();

    [LoggerMessage(Level = LogLevel.Information, Message = "Cluster ID = {ClusterId}")]
    public partial void ClusterId(string clusterId);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] started")]
    public partial void Started(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Not waiting longer than {PatienceMs} ms for a step of the shutdown")]
    public partial void Impatient(double patienceMs);

    [LoggerMessage(
        Level = LogLevel.Warning, Message = "The controller could not be told that a log directory has failed; trying again: {Reason}")]
    public partial void FailureUntold(string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The addresses in this broker's registration could not be changed: {Reason}")]
    public partial void RegistrationNotUpdated(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] shutting down")]
    public partial void Stopping(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Information, Message = "[KafkaServer id={BrokerId}] shut down completed")]
    public partial void Stopped(BrokerId brokerId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Listener {Bound} -> {Advertised}")]
    public partial void Listener(string bound, string advertised);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Listener {Listener} accepts connections from every machine but advertises {Host}: clients elsewhere will connect "
            + "and then be sent to their own machine. Set advertised.listeners to a name they can resolve")]
    public partial void AdvertisedLocalhost(string listener, string host);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Values}")]
    public partial void ConfigValues(string values);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Property {Key} is not valid: no part of the broker reads it")]
    public partial void UnknownKey(string key);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Property {Key} is not valid: no part of the broker reads it. Did you mean {Near}?")]
    public partial void MisspeltKey(string key, string near);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Property {Key} has no effect: {Because}")]
    public partial void InertKey(string key, string because);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Broker configuration log.message.format.version with value {Value} is ignored because the inter-broker protocol version "
            + "`{Protocol}` is greater or equal than 3.0. This configuration is deprecated and it will be removed in Apache Kafka 4.0.")]
    public partial void IgnoredFormat(string value, string protocol);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Property {Key} has no effect: there is no such listener, or the listeners share what it asks for")]
    public partial void IdleListenerKey(string key);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "At most {Limit} files and connections may be open (ulimit -n), which is too low for {Logs} partitions: raise it to {Wanted} and "
            + "one more for each connection of a client, or a log directory goes offline when a file cannot be opened")]
    public partial void OpenFileLimitLow(long limit, int logs, long wanted);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "SCRAM credentials are kept in znodes that everyone who reaches ZooKeeper can read, those of user {User} among them: set "
            + "zookeeper.set.acl=true, give the broker a login there, and run zookeeper-security-migration for what was written before")]
    public partial void ReadableSecrets(string user);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "super.users has User:ANONYMOUS: all who reach a listener without a login may do everything")]
    public partial void AnonymousSuperUser();

    [LoggerMessage(Level = LogLevel.Error, Message = "Log directory {Directory} cannot be written: {Reason}")]
    public partial void DirectoryRefused(string directory, string reason);
}
