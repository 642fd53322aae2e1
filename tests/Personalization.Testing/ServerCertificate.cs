using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Personalization.Testing;

/// <summary>A certificate for 127.0.0.1 and the authority that signed it, as files.</summary>
public static class ServerCertificate
{
    /// <summary>Makes both.</summary>
    /// <param name="folder">Where the files go.</param>
    /// <returns>The server's key and chain in one file, and the authority's certificate, which a client has to know.</returns>
    public static (string KeyStore, string Authority) Create(string folder)
    {
        var now = TimeProvider.System.GetUtcNow();
        var (from, until) = (now.AddMinutes(-5), now.AddDays(1));
        using var authorityKey = RSA.Create(2048);
        var authorityRequest = new CertificateRequest("CN=Test authority", authorityKey, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        using var authority = authorityRequest.CreateSelfSigned(from, until);

        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(authority, from, until, RandomNumberGenerator.GetBytes(8));

        var (keyStore, authorityFile) = (Path.Combine(folder, "server.pem"), Path.Combine(folder, "authority.pem"));
        File.WriteAllText(keyStore, $"{key.ExportPkcs8PrivateKeyPem()}\n{certificate.ExportCertificatePem()}\n{authority.ExportCertificatePem()}\n");
        File.WriteAllText(authorityFile, authority.ExportCertificatePem());
        return (keyStore, authorityFile);
    }
}
