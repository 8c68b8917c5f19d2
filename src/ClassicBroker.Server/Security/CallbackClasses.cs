using ClassicBroker.Rpc.Sasl;
using ClassicBroker.Rpc.Sasl.OAuth;

namespace ClassicBroker.Server.Security;

/// <summary>Java's callback handlers as names of what is built in here; nothing else can be named or is loaded. Stateless.</summary>
internal static class CallbackClasses
{
    public const string ServerKey = "sasl.server.callback.handler.class";
    public const string LoginKey = "sasl.login.callback.handler.class";

    private const string OAuthPackage = "org.apache.kafka.common.security.oauthbearer.";
    private const string Unsecured = OAuthPackage + "internals.unsecured.OAuthBearerUnsecuredValidatorCallbackHandler";
    private const string PlainServer = "org.apache.kafka.common.security.plain.internals.PlainServerCallbackHandler";

    /// <summary>Kafka 3.1 to 3.9 know it by both names.</summary>
    private static readonly string[] SignedValidators =
        [OAuthPackage + "OAuthBearerValidatorCallbackHandler", OAuthPackage + "secured.OAuthBearerValidatorCallbackHandler"];

    public static bool IsSignedValidator(string name) => SignedValidators.Contains(name);

    public static bool IsBuiltIn(string key, string name, string mechanism) => (key, mechanism) switch
    {
        (ServerKey, SaslMechanismNames.Plain) => name == PlainServer,
        (ServerKey, SaslMechanismNames.OAuthBearer) => name == Unsecured || IsSignedValidator(name),
        (LoginKey, SaslMechanismNames.OAuthBearer) => OAuthLoginHandlers.IsBuiltIn(name),
        _ => false,
    };
}
