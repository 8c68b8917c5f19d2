using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace ClassicBroker.Transport;

/// <summary>Says in words for people what is wrong with a certificate that a peer showed. Stateless.</summary>
internal static class PeerCertificate
{
    private const X509ChainStatusFlags Untrusted = X509ChainStatusFlags.PartialChain | X509ChainStatusFlags.UntrustedRoot;

    /// <summary>Null where <paramref name="errors"/> holds none.</summary>
    public static string? FaultOf(X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors, string? host)
    {
        if (errors == SslPolicyErrors.None)
        {
            return null;
        }

        if (shown is not X509Certificate2 certificate)
        {
            return "the peer showed no certificate";
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors))
        {
            return ChainFault(certificate, chain);
        }

        return $"the peer's certificate is for {NamesOf(certificate)} and not for {host}, the host name connected to";
    }

    /// <summary>Why a chain that was built does not hold.</summary>
    public static string ChainFault(X509Certificate2 certificate, X509Chain? chain)
    {
        foreach (var element in chain?.ChainElements.AsEnumerable() ?? [])
        {
            if (Array.Exists(element.ChainElementStatus, status => status.Status == X509ChainStatusFlags.NotTimeValid))
            {
                var dated = element.Certificate;
                return $"the certificate {dated.Subject} has expired or is not valid yet: it is valid from "
                    + $"{dated.NotBefore.ToUniversalTime():u} to {dated.NotAfter.ToUniversalTime():u}";
            }
        }

        var statuses = chain?.ChainStatus ?? [];
        if (Array.Exists(statuses, status => (status.Status & Untrusted) != 0))
        {
            return $"the peer's certificate {certificate.Subject}, issued by {certificate.Issuer}, leads to no authority that is trusted here";
        }

        return $"the peer's certificate {certificate.Subject} is not valid: "
            + string.Join("; ", statuses.Select(status => status.StatusInformation.Trim()));
    }

    private static string NamesOf(X509Certificate2 certificate)
    {
        var names = certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(
                extension => extension.EnumerateDnsNames().Concat(extension.EnumerateIPAddresses().Select(address => address.ToString())))
            .ToList();
        return names.Count > 0 ? string.Join(", ", names) : certificate.Subject;
    }
}
