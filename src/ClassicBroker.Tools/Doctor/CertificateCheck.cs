using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using ClassicBroker.Transport;

namespace ClassicBroker.Tools.Doctor;

/// <summary>
/// Certificates of the key and trust stores that a properties file names: readable, and how long they are valid. Stateless.
/// </summary>
internal static class CertificateCheck
{
    private const int WarningDays = 30;
    private const string KeyStore = "ssl.keystore";
    private const string TrustStore = "ssl.truststore";

    private static readonly string[] Endings =
        [$"{KeyStore}.location", $"{KeyStore}.key", $"{TrustStore}.location", $"{TrustStore}.certificates"];

    public static IReadOnlyList<Finding> Run(ToolHost host, IReadOnlyDictionary<string, string> properties) =>
    [
        .. properties.Keys.Select(StoreOf).OfType<(string Prefix, string Store)>().Distinct().Order()
            .SelectMany(store => Judge(host, properties, store)),
    ];

    /// <summary>Which store a key is of, with the prefix of its listener; null for all other keys.</summary>
    private static (string Prefix, string Store)? StoreOf(string key)
    {
        foreach (var ending in Endings)
        {
            if (key.EndsWith(ending, StringComparison.Ordinal))
            {
                return (key[..^ending.Length], ending[..ending.LastIndexOf('.')]);
            }
        }

        return null;
    }

    private static IEnumerable<Finding> Judge(
        ToolHost host, IReadOnlyDictionary<string, string> properties, (string Prefix, string Store) which)
    {
        string? Value(string key) => properties.GetValueOrDefault(which.Prefix + key) ?? properties.GetValueOrDefault(key);
        var store = new TlsStore
        {
            KeyPrefix = which.Store,
            Type = Value($"{which.Store}.type") ?? "JKS",
            Location = Value($"{which.Store}.location"),
            Password = Value($"{which.Store}.password"),
            KeyPassword = Value("ssl.key.password"),
            PemKey = which.Store == KeyStore ? Value($"{KeyStore}.key") : null,
            PemCertificates = Value(which.Store == KeyStore ? $"{KeyStore}.certificate.chain" : $"{TrustStore}.certificates"),
        };
        var subject = $"{which.Prefix}{which.Store}";
        KeyStore? loaded;
        try
        {
            loaded = store.Load(host.Files);
        }
        catch (TlsSettingException unusable)
        {
            return
            [
                Finding.Critical(subject, unusable.Message, "Put a store in place that can be read with the passwords given."),
            ];
        }

        var now = host.Time.GetUtcNow();
        return loaded is null
            ? []
            : ((X509Certificate2?[])[loaded.KeyCertificate, .. loaded.Chain, .. loaded.Trusted]).OfType<X509Certificate2>()
                .Select(certificate => Judge(subject, certificate, now));
    }

    internal static Finding Judge(string subject, X509Certificate2 certificate, DateTimeOffset now)
    {
        var (from, until) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime());
        var days = (until - now.UtcDateTime).TotalDays;
        var date = until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        const string Cure = "Have it renewed, and tell the brokers by kafka-configs --alter of the store's location; no restart is needed.";
        return days < 0 ? Finding.Critical(subject, $"{certificate.Subject} expired on {date}.", Cure)
            : from > now.UtcDateTime ? Finding.Critical(
                subject,
                $"{certificate.Subject} is valid from {from.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} only.",
                "Check the clock of this machine and of the one that signed.")
            : days < WarningDays ? Finding.Warning(subject, $"{certificate.Subject} expires on {date}, in {Math.Floor(days)} days.", Cure)
            : Finding.Good(subject, $"{certificate.Subject} is valid until {date}.");
    }
}
