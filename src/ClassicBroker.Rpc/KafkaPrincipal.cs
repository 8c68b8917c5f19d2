namespace ClassicBroker.Rpc;

/// <summary>Who a connection speaks for, as ACLs and quotas name it: <c>User:alice</c>.</summary>
public sealed record KafkaPrincipal(string PrincipalType, string Name)
{
    public const string UserType = "User";

    public static readonly KafkaPrincipal Anonymous = new(UserType, "ANONYMOUS");

    /// <summary>A principal of its text form, whose type ends at the first colon; null where there is none.</summary>
    public static KafkaPrincipal? TryParse(string text) =>
        text.IndexOf(':', StringComparison.Ordinal) is >= 0 and var colon ? new(text[..colon], text[(colon + 1)..]) : null;

    public override string ToString() => $"{PrincipalType}:{Name}";
}
