using ClassicBroker.Rpc.Sasl;

namespace ClassicBroker.Server.Security;

/// <summary>Java's callback handlers as names of what is built in here; nothing else can be named or is loaded. Stateless.</summary>
internal static class CallbackClasses
{
    public const string ServerKey = "sasl.server.callback.handler.class";

    private const string OAuthPackage = "org.apache.kafka.common.security.oauthbearer.";
    private const string Unsecured = OAuthPackage + "internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler";
    private const string PlainServer = "org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler";

    /// <summary>Kafka 3.1 to 3.9 know it by both names.</summary>
    private static readonly string[] SignedValidators =
        [OAuthPackage + "OAuthBearerValidatorCallbackHandler", OAuthPackage + "secured.OAuthBearerValidatorCallbackHandler"];

    public static bool IsSignedValidator(string name) => SignedValidators.Contains(name);

    public static bool IsBuiltIn(string key, string name, string mechanism) => key == ServerKey && mechanism switch
    {
        SaslMechanismNames.Plain => name == PlainServer,
        SaslMechanismNames.OAuthBearer => name == Unsecured || IsSignedValidator(name),
        _ => false,
    };
}
