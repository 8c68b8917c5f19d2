namespace ClassicBroker.Rpc;

/// <summary>Who a connection speaks for, as ACLs and quotas name it: <c>User:alice</c>.</summary>
public sealed record KafkaPrincipal(string PrincipalType, string Name)
{
    public const string UserType = "User";

    public static readonly KafkaPrincipal Anonymous = new(UserType, "ANONYMOUS");

    public override string ToString() => $"{PrincipalType}:{Name}";
}
