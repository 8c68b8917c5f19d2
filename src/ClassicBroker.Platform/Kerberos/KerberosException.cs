namespace ClassicBroker.Platform;

/// <summary>Kerberos refuses, or cannot do, what is asked for; the message is the library's, without secrets.</summary>
public sealed class KerberosException(string message) : Exception(message);
