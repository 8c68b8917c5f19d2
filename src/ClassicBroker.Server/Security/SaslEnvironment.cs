using ClassicBroker.Platform;
using ClassicBroker.Rpc.Http;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security;

/// <summary>
/// What SASL needs of a broker's surroundings: files, randomness, time, logs, the network, Java's system properties. Immutable.
/// </summary>
internal sealed record SaslEnvironment(
    IFileSystem Files,
    IRandomSource Random,
    TimeProvider Time,
    ILoggerFactory Loggers,
    IReadOnlyDictionary<string, string> SystemProperties)
{
    /// <summary>Asks issuers for their keys and for tokens.</summary>
    public required HttpRequester Http { get; init; }

    /// <summary>Null where there is none.</summary>
    public IKerberos? Kerberos { get; init; }
}
