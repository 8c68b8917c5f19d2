namespace ClassicBroker.Transport;

/// <summary>
/// An <c>ssl.*</c> setting cannot be used. <paramref name="key"/> is its plain name, <paramref name="value"/> what may be shown of its
/// value: never a password.
/// </summary>
public sealed class TlsSettingException(string key, string? value, string reason, Exception? inner = null)
    : Exception($"Invalid value {value ?? "null"} for configuration {key}: {reason}", inner)
{
    public string Key { get; } = key;

    public string? Value { get; } = value;

    public string Reason { get; } = reason;
}
