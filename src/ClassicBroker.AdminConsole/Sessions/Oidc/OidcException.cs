namespace ClassicBroker.AdminConsole.Sessions.Oidc;

/// <summary>A sign-in at the provider came to nothing; the message is the reason, for the console's log.</summary>
internal sealed class OidcException(OidcFailure failure, string reason) : Exception(reason)
{
    public OidcFailure Failure { get; } = failure;
}
