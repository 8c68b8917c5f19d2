namespace ClassicBroker.Protocol;

/// <summary>
/// A message holds what the version it is to be sent in cannot carry, or no version is spoken by both sides. The caller asked for
/// something the peer does not have; nothing was sent.
/// </summary>
public sealed class UnsupportedVersionException(string message) : Exception(message)
{
    public static UnsupportedVersionException ForField(string field, short version) =>
        new($"{field} is set, and version {version} does not have it");

    public static UnsupportedVersionException ForNull(string field, short version) =>
        new($"{field} is null, which version {version} cannot say");
}
