namespace ClassicBroker.Operations.Consoles;

/// <summary>How users of the console prove who they are.</summary>
public enum ConsoleSignIn
{
    /// <summary>By a one-time token that the console logs when it starts, and a new one after each use: for development.</summary>
    Token,

    /// <summary>By name and password of a user of the cluster, with which the console logs in to a broker.</summary>
    Sasl,

    /// <summary>At an OpenID provider, to which the console sends the browser.</summary>
    Oidc,
}
