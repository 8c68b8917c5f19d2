namespace ClassicBroker.Server.Config.Keys;

/// <summary>Why keys of Kafka have no effect on this broker, in the words of the line that names them at start.</summary>
internal static class InertReasons
{
    public const string Authorizer = "no listener opens before the authorizer has loaded";
    public const string Connections = "setting up a connection counts towards the timeout of its request";
    public const string Jvm = "there is no Java virtual machine";
    public const string Kerberos = "no kinit is run: key tables need none, and a ticket cache is renewed by what made it";
    public const string KRaft = "it belongs to KRaft mode";
    public const string Metrics = "metrics are .NET meters, which have no sample windows";
    public const string Plugins = "there are no plug-ins";
    public const string Queue = "requests are not queued: each starts as it arrives";
    public const string Quotas = "it is gone since Kafka 3.0: quotas of the default client are dynamic";
    public const string TieredStorage = "there is no tiered storage";
    public const string Unused = "nothing has used it since Kafka 1.0";
}
