namespace ClassicBroker.ZooKeeper.Sasl;

/// <summary>The server's part of a SASL exchange is wrong, or it could not prove that it knows our password.</summary>
internal sealed class SaslException(string message) : Exception(message);
