using ClassicBroker.Platform;
using Microsoft.Extensions.Logging;

namespace ClassicBroker.Server.Security;

/// <summary>What SASL needs of a broker's surroundings: files, randomness, time, logs, Java's system properties. Immutable.</summary>
internal sealed record SaslEnvironment(
    IFileSystem Files,
    IRandomSource Random,
    TimeProvider Time,
    ILoggerFactory Loggers,
    IReadOnlyDictionary<string, string> SystemProperties)
{
    /// <summary>Null where there is none.</summary>
    public IKerberos? Kerberos { get; init; }
}
