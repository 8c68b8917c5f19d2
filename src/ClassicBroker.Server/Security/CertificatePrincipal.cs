using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using ClassicBroker.Primitives;
using ClassicBroker.Rpc;
using ClassicBroker.Transport;
using DotNetty.Transport.Channels;

namespace ClassicBroker.Server.Security;

/// <summary>
/// Behind TLS in the pipeline of an SSL listener: lets the connection speak for the subject of the certificate its client showed, and
/// leaves it anonymous where there is none, or the subject is empty. Threading: its channel's loop.
/// </summary>
internal sealed class CertificatePrincipal(ClientConnection connection, PrincipalMapping mapping) : TransportHandler
{
    public override void UserEventTriggered(IChannelHandlerContext context, object evt)
    {
        if (evt is TlsHandshakeCompleted { PeerCertificate: X509Certificate2 certificate } && NameOf(certificate) is { } name)
        {
            connection.Authenticate(new KafkaPrincipal(KafkaPrincipal.UserType, name));
        }

        context.FireUserEventTriggered(evt);
    }

    private string? NameOf(X509Certificate2 certificate)
    {
        try
        {
            var name = DistinguishedName.Format(certificate.SubjectName);
            return name.Length == 0 ? null : mapping.NameOf(name)
                ?? throw new TlsHandshakeException($"no rule of ssl.principal.mapping.rules applies to the client's certificate {name}");
        }
        catch (Exception unusable) when (unusable is MalformedDataException or RegexMatchTimeoutException)
        {
            throw new TlsHandshakeException($"the client's certificate gives no principal: {unusable.Message}", unusable);
        }
    }
}
