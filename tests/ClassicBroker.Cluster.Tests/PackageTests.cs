using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using System.Xml.Linq;
using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Cluster.Tests;

/// <summary>The packages that <c>scripts/package.sh</c> makes of what is built, used as someone who installs them would.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string Packages = Path.Join(RepositoryLayout.Root, "artifacts", "packages");

    private readonly ScratchDirectory _scratch = new();

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public async Task Packages_can_be_made_run_from_anywhere_and_through_links_and_are_the_same_each_time()
    {
        (await ChildProcess.RunAsync(RepositoryLayout.Script("package.sh"), ["--no-build"], limit: TimeSpan.FromMinutes(5))).RequireSuccess();
        var sums = await File.ReadAllTextAsync(Path.Join(Packages, "SHA256SUMS"), TestContext.Current.CancellationToken);
        (await ChildProcess.RunAsync(RepositoryLayout.Script("package.sh"), ["--no-build"], limit: TimeSpan.FromMinutes(5))).RequireSuccess();
        Assert.Equal(sums, await File.ReadAllTextAsync(Path.Join(Packages, "SHA256SUMS"), TestContext.Current.CancellationToken));

        await RunFromTarAsync();
        await LookIntoDebAsync();
        LookIntoImage();
        LookIntoBillOfMaterials();
        await RunImageAsync();
        await InstallDebAsync();
    }

    [Fact]
    public async Task Manifests_for_containers_agree_with_themselves_and_with_the_version() =>
        (await ChildProcess.RunAsync(
            "/usr/bin/python3",
            [Path.Join(AppContext.BaseDirectory, "Clients", "check_deploy.py"), Path.Join(RepositoryLayout.Root, "deploy"), Version])).RequireSuccess();

    /// <summary>The image runs as its user on a root that cannot be written. Only root can mount, and the image is of the release form.</summary>
    private async Task RunImageAsync()
    {
        if (Directory.GetFiles(Packages, "*-oci.tar") is not [var image] || Environment.UserName != "root")
        {
            return;
        }

        await using var zooKeeper = await new ZooKeeperServerProcess(_scratch.File("zookeeper")).StartAsync();
        var root = await UnpackImageAsync(image);
        var (port, health, console) = (LoopbackPorts.Next(), LoopbackPorts.Next(), LoopbackPorts.Next());
        await using var broker = ChildProcess.Start("/usr/bin/unshare", [.. Contained(root),
            "/opt/classicbroker/bin/kafka-server", "/etc/kafka/server.properties",
            "--override", $"listeners=PLAINTEXT://127.0.0.1:{port}", "--override", $"zookeeper.connect={zooKeeper.ConnectString}",
            "--override", $"health.listeners=http://127.0.0.1:{health}", "--override", $"console.listeners=http://127.0.0.1:{console}",
        ], new Dictionary<string, string> { ["LOG_DIR"] = "/var/log/kafka" });
        await broker.WaitForAsync("] started (kafka", TimeSpan.FromSeconds(60));
        Assert.Equal("65532", (await ChildProcess.RunAsync("/usr/bin/stat", ["-c", "%u", $"/proc/{broker.Id}"])).RequireSuccess().Text.Trim());
        await Tool.RunAsync("kafka-topics.sh", "--bootstrap-server", $"127.0.0.1:{port}", "--create", "--topic", "orders");
        var answer = await AskAsync("ready");
        Assert.Equal(0, answer.ExitCode);
        Assert.Contains("\"status\":\"ready\"", answer.Text, StringComparison.Ordinal);
        Assert.Equal(1, (await AskAsync("none")).ExitCode);
        using var http = new HttpClient();
        Assert.Contains("<div id=\"app\">", await http.GetStringAsync($"http://127.0.0.1:{console}/"), StringComparison.Ordinal);

        Task<CommandOutcome> AskAsync(string question) => ChildProcess.RunAsync(
            "/usr/bin/unshare", [.. Contained(root), "/opt/classicbroker/bin/kafka-server", "--health", $"http://127.0.0.1:{health}/health/{question}"]);
    }

    /// <summary>Installed, upgraded and removed on a fresh Debian: minutes, and a mirror, with <c>scripts/test.sh Cluster --long</c>.</summary>
    private static async Task InstallDebAsync()
    {
        if (Environment.GetEnvironmentVariable("CLASSICBROKER_DEBOOTSTRAP") is not null)
        {
            (await ChildProcess.RunAsync(RepositoryLayout.Script("test-deb.sh"), [], limit: TimeSpan.FromMinutes(20))).RequireSuccess();
        }
    }

    private static string Version =>
        File.ReadAllText(Path.Join(RepositoryLayout.Root, "Directory.Build.props")).Split("<Version>")[1].Split('<')[0];

    /// <summary>A mount namespace in which a root is read-only but for the image's volumes, and the image's user in it.</summary>
    private static string[] Contained(string root) =>
    [
        "--mount", "sh", "-ec",
        $"mount --bind '{root}' '{root}'; mount -o remount,bind,ro '{root}'; "
        + $"for volume in var/lib/kafka var/log/kafka tmp; do mount -t tmpfs -o mode=1777 tmpfs '{root}'/$volume; done; "
        + $"exec chroot --userspec=65532:65532 '{root}' \"$@\"",
        "sh",
    ];

    /// <summary>Unpacks the image's one layer.</summary>
    private async Task<string> UnpackImageAsync(string image)
    {
        var (layout, root) = (_scratch.File("image"), _scratch.File("root"));
        Directory.CreateDirectory(layout);
        Directory.CreateDirectory(root);
        (await ChildProcess.RunAsync("/bin/tar", ["-C", layout, "-xf", image])).RequireSuccess();
        using var index = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Join(layout, "index.json")));
        using var manifest = JsonDocument.Parse(await BlobAsync(index.RootElement.GetProperty("manifests")[0]));
        var layer = BlobPath(manifest.RootElement.GetProperty("layers")[0]);
        (await ChildProcess.RunAsync("/bin/tar", ["-C", root, "-xzf", layer])).RequireSuccess();
        return root;

        string BlobPath(JsonElement descriptor) =>
            Path.Join(layout, "blobs", "sha256", descriptor.GetProperty("digest").GetString()!["sha256:".Length..]);

        Task<string> BlobAsync(JsonElement descriptor) => File.ReadAllTextAsync(BlobPath(descriptor));
    }

    /// <summary>Every package of the broker's own list of versions that is in a program is in the list, with its version and its hash.</summary>
    private static void LookIntoBillOfMaterials()
    {
        using var bill = JsonDocument.Parse(File.ReadAllText(Assert.Single(Directory.GetFiles(Packages, "*.cdx.json"))));
        var root = bill.RootElement;
        Assert.Equal(("CycloneDX", "1.5"), (root.GetProperty("bomFormat").GetString(), root.GetProperty("specVersion").GetString()));
        Assert.Equal(Version, root.GetProperty("metadata").GetProperty("component").GetProperty("version").GetString());
        var versions = XDocument.Load(Path.Join(RepositoryLayout.Root, "Directory.Packages.props"))
            .Descendants("PackageVersion").ToDictionary(each => each.Attribute("Include")!.Value, each => each.Attribute("Version")!.Value);
        var components = root.GetProperty("components").EnumerateArray().ToDictionary(each => each.GetProperty("name").GetString()!);
        Assert.All(
            new[] { "NLog", "ZstdSharp.Port", "DotNetty.Transport", "Spectre.Console" },
            name => Assert.Equal(versions[name], components[name].GetProperty("version").GetString()));
        Assert.Equal(128, components["NLog"].GetProperty("hashes")[0].GetProperty("content").GetString()!.Length);
        Assert.StartsWith("pkg:npm/preact@", components["preact"].GetProperty("purl").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(components.Keys, name => name.Contains("xunit", StringComparison.Ordinal) || name.Contains("Analyzers", StringComparison.Ordinal));
        var references = components.Values.Select(each => each.GetProperty("bom-ref").GetString()).Order(StringComparer.Ordinal);
        Assert.Equal(
            references,
            root.GetProperty("dependencies")[0].GetProperty("dependsOn").EnumerateArray().Select(each => each.GetString()).Order(StringComparer.Ordinal));
    }

    private async Task RunFromTarAsync()
    {
        var archive = Assert.Single(Directory.GetFiles(Packages, "*.tar.gz"));
        var target = _scratch.File("installed");
        Directory.CreateDirectory(target);
        await using (var content = new GZipStream(File.OpenRead(archive), CompressionMode.Decompress))
        {
            await TarFile.ExtractToDirectoryAsync(content, target, overwriteFiles: false, TestContext.Current.CancellationToken);
        }

        var root = Assert.Single(Directory.GetDirectories(target));
        Assert.False(Directory.Exists(Path.Join(root, "src")));
        var link = _scratch.File("kafka-topics");
        File.CreateSymbolicLink(link, Path.Join(root, "bin", "kafka-topics.sh"));
        var outcome = await ChildProcess.RunAsync(link, ["--version"]);
        Assert.Equal(0, outcome.ExitCode);
        Assert.StartsWith("3.9.2", outcome.Text);
        outcome = await ChildProcess.RunAsync(Path.Join(root, "dist", "bin", "kafka-server"), ["--version"]);
        Assert.StartsWith("3.9.2 (ClassicBroker ", outcome.RequireSuccess().Text);
    }

    private static async Task LookIntoDebAsync()
    {
        var package = Assert.Single(Directory.GetFiles(Packages, "*.deb"));
        var content = (await ChildProcess.RunAsync("/usr/bin/dpkg-deb", ["--contents", package])).RequireSuccess().Text;
        Assert.Contains("./opt/classicbroker/dist/bin/kafka-server\n", content);
        Assert.Contains("./opt/classicbroker/dist/bin/kafka-admin-console\n", content);
        Assert.Contains("./usr/lib/systemd/system/kafka.service\n", content);
        Assert.Contains("./etc/kafka/server.properties\n", content);
        Assert.All(content.Split('\n', StringSplitOptions.RemoveEmptyEntries), line => Assert.Contains(" root/root ", line));
    }

    /// <summary>An image there is of the native form only. Each blob is what its name says, and the index leads to all of them.</summary>
    private static void LookIntoImage()
    {
        if (Directory.GetFiles(Packages, "*-oci.tar") is not [var image])
        {
            Assert.True(File.Exists(Path.Join(RepositoryLayout.Root, "dist", "bin", "kafka-server.dll")));
            return;
        }

        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        using var reader = new TarReader(File.OpenRead(image));
        while (reader.GetNextEntry(copyData: true) is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using var bytes = new MemoryStream();
                data.CopyTo(bytes);
                files[entry.Name.TrimStart('.', '/')] = bytes.ToArray();
            }
        }

        Assert.All(
            files.Where(file => file.Key.StartsWith("blobs/sha256/", StringComparison.Ordinal)),
            blob => Assert.Equal(Path.GetFileName(blob.Key), Convert.ToHexStringLower(SHA256.HashData(blob.Value))));
        using var index = JsonDocument.Parse(files["index.json"]);
        using var manifest = JsonDocument.Parse(Blob(index.RootElement.GetProperty("manifests")[0]));
        using var config = JsonDocument.Parse(Blob(manifest.RootElement.GetProperty("config")));
        Assert.Equal("65532:65532", config.RootElement.GetProperty("config").GetProperty("User").GetString());
        using var layer = new MemoryStream();
        using (var unpacked = new GZipStream(new MemoryStream(Blob(manifest.RootElement.GetProperty("layers")[0])), CompressionMode.Decompress))
        {
            unpacked.CopyTo(layer);
        }

        Assert.Equal(
            config.RootElement.GetProperty("rootfs").GetProperty("diff_ids")[0].GetString(),
            "sha256:" + Convert.ToHexStringLower(SHA256.HashData(layer.ToArray())));

        byte[] Blob(JsonElement descriptor)
        {
            var blob = files["blobs/sha256/" + descriptor.GetProperty("digest").GetString()!["sha256:".Length..]];
            Assert.Equal(descriptor.GetProperty("size").GetInt64(), blob.Length);
            return blob;
        }
    }
}
