namespace ClassicBroker.Interop.Tests.Sasl;

/// <summary>One login: a listener, a mechanism, a user and a secret, which is right or not.</summary>
internal sealed record SaslCell(string Bootstrap, string Protocol, string Mechanism, string User, string Secret, bool IsRight, string Authority)
{
    public string Name => $"{Protocol}/{Mechanism}/{(IsRight ? "right" : "wrong")}";

    /// <summary>What a client should report.</summary>
    public string Expected => $"{Name} {(IsRight ? "in" : "out")}";
}
