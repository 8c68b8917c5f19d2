namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>Decides whom a bearer token speaks for. Threading: any loop.</summary>
internal interface ITokenValidator
{
    /// <exception cref="TokenRefusedException">The token proves nothing.</exception>
    SaslIdentity Validate(string token);
}
