namespace ClassicBroker.ZooKeeper;

/// <summary>User and password of a <c>DigestLoginModule</c>.</summary>
public sealed record SaslCredentials(string User, string Password)
{
    public override string ToString() => $"{User}:[hidden]";
}
