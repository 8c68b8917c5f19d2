using ClassicBroker.Primitives;

namespace ClassicBroker.Rpc;

/// <summary>What requests need to know of the listener they came in by.</summary>
public sealed record RequestListener(string Name, SecurityProtocol SecurityProtocol)
{
    /// <summary>True where a client first proves by SASL who it is.</summary>
    public bool RequiresAuthentication => SecurityProtocol is SecurityProtocol.SaslPlaintext or SecurityProtocol.SaslSsl;
}
