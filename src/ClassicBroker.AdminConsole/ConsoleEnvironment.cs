using ClassicBroker.Client;
using ClassicBroker.Rpc.Http;
using ClassicBroker.ZooKeeper;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.AdminConsole;

/// <summary>What the console stands on, given by the program. Immutable.</summary>
public sealed record ConsoleEnvironment
{
    /// <summary>How it connects to the brokers, by the Java clients' names; <c>bootstrap.servers</c> among them.</summary>
    public required IReadOnlyDictionary<string, string> ClientProperties { get; init; }

    /// <summary>The network of its clients; ended by its maker, after the console.</summary>
    public required ClientNetwork Network { get; init; }

    /// <summary>Asks an OpenID provider.</summary>
    public required HttpRequester Http { get; init; }

    /// <summary>Reads a znode; null where there is no way to ZooKeeper.</summary>
    public Func<string, Task<ZnodeReading>>? ReadZnode { get; init; }

    /// <summary>Asks the broker that started the console how it is; null where none did.</summary>
    public Func<Task<BrokerReport>>? AskBroker { get; init; }

    /// <summary>Where it logs.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>The clock.</summary>
    public required TimeProvider Time { get; init; }
}
