namespace ClassicBroker.Rpc.Sasl.OAuth;

/// <summary>The values of <c>sasl.login.callback.handler.class</c> that stand for what is built in. Nothing is loaded. Stateless.</summary>
public static class OAuthLoginHandlers
{
    /// <summary>The key.</summary>
    public const string Key = "sasl.login.callback.handler.class";

    private const string Package = "org.apache.kafka.common.security.oauthbearer.";
    private const string Unsecured = Package + "internals.unsecured.OAuthBearerUnsecuredLoginCallbackHandler";

    /// <summary>Kafka 3.1 to 3.9 know it by both names.</summary>
    private static readonly string[] Retrieving =
        [Package + "OAuthBearerLoginCallbackHandler", Package + "secured.OAuthBearerLoginCallbackHandler"];

    public static bool IsBuiltIn(string name) => name == Unsecured || IsRetrieving(name);

    /// <summary>Whether tokens come from the URL of <c>sasl.oauthbearer.token.endpoint.url</c>.</summary>
    public static bool IsRetrieving(string name) => Retrieving.Contains(name);
}
