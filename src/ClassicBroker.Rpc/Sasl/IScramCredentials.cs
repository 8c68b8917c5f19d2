namespace ClassicBroker.Rpc.Sasl;

/// <summary>What a broker knows of those who log in by SCRAM. Threading: any loop.</summary>
public interface IScramCredentials
{
    /// <summary>The credential of a user; null where there is none.</summary>
    ScramCredential? OfUser(ScramMechanism mechanism, string user);

    /// <summary>What is shown in place of credentials that there are not.</summary>
    ScramDecoys Decoys { get; }

    /// <summary>The credential of a delegation token and whom it stands for; null where there is no such token, or not any more.</summary>
    (ScramCredential Credential, SaslIdentity Owner)? OfToken(ScramMechanism mechanism, string tokenId);
}
