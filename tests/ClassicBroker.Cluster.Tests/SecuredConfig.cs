using ClassicBroker.Client;
using ClassicBroker.Testing.Security;

namespace ClassicBroker.Cluster.Tests;

/// <summary>Puts what a user gets in with into the configuration of one of our clients. Stateless.</summary>
internal static class SecuredConfig
{
    public static T As<T>(this T config, ClientCredentials credentials)
        where T : ClientConfig
    {
        var secured = AdminConfig.FromProperties(credentials.Properties);
        return config with { SecurityProtocol = secured.SecurityProtocol, Tls = secured.Tls, Sasl = secured.Sasl };
    }
}
