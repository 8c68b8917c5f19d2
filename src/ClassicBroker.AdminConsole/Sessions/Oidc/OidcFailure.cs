namespace ClassicBroker.AdminConsole.Sessions.Oidc;

/// <summary>Why a sign-in at the provider came to nothing, as far as its user is told.</summary>
internal enum OidcFailure
{
    /// <summary>It took too long, was begun in another browser, or its answer was used before.</summary>
    Expired,

    /// <summary>The provider refused it, or the user did there.</summary>
    Refused,

    /// <summary>The user has no role here.</summary>
    Role,

    /// <summary>What the provider gave proves nothing.</summary>
    Untrusted,

    /// <summary>The provider cannot be asked.</summary>
    Unreachable,
}
