namespace ClassicBroker.Metadata.Passwords;

/// <summary>
/// A password cannot be encoded as the settings ask for, or what is stored is no password of this secret. The message shows neither.
/// </summary>
public sealed class PasswordEncodingException(string message) : Exception(message);
