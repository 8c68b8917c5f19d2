namespace ClassicBroker.Metadata.Znodes;

/// <summary>Where delegation tokens and the notices of their changes live (KIP-48).</summary>
public static class DelegationTokenZnode
{
    public const string ParentPath = "/delegation_token/tokens";

    public const string ChangesPath = "/delegation_token/token_changes";

    public const string ChangeSequencePrefix = "token_change_";

    public static string Path(string tokenId) => $"{ParentPath}/{ZnodeName.Of("delegation token", tokenId)}";
}
