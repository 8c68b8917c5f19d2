using ClassicBroker.Testing.Processes;

namespace ClassicBroker.Interop.Tests.Kerberos;

/// <summary>A real MIT key distribution centre on a free loopback port, with a realm and a configuration of its own. Owned by a fixture.</summary>
internal sealed class KeyDistributionCentre : IAsyncDisposable
{
    public const string Realm = "EXAMPLE.TEST";

    private readonly ScratchDirectory _scratch = new();
    private readonly int _port = LoopbackPorts.Next();
    private ChildProcess? _process;

    /// <summary>What tells a process of MIT's library, or of a broker or tool, where the realm is.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["KRB5_CONFIG"] = ConfigFile,
        ["KRB5_KDC_PROFILE"] = _scratch.File("kdc.conf"),
        ["KRB5CCNAME"] = $"FILE:{_scratch.File($"tickets-{Guid.NewGuid():N}")}",
    };

    public string ConfigFile => _scratch.File("krb5.conf");

    public async Task StartAsync()
    {
        // Names are taken as they are: no DNS of the machine has a say.
        File.WriteAllText(
            ConfigFile,
            $$"""
            [libdefaults]
              default_realm = {{Realm}}
              dns_lookup_realm = false
              dns_lookup_kdc = false
              dns_canonicalize_hostname = false
              rdns = false
            [realms]
              {{Realm}} = {
                kdc = 127.0.0.1:{{_port}}
              }
            """);
        File.WriteAllText(
            _scratch.File("kdc.conf"),
            $$"""
            [kdcdefaults]
              kdc_listen = 127.0.0.1:{{_port}}
              kdc_tcp_listen = 127.0.0.1:{{_port}}
            [realms]
              {{Realm}} = {
                database_name = {{_scratch.File("principals")}}
                key_stash_file = {{_scratch.File("stash")}}
                acl_file = {{_scratch.File("acl")}}
                max_life = 1h
              }
            [logging]
              kdc = FILE:{{_scratch.File("kdc.log")}}
            """);
        await RunAsync("/usr/sbin/kdb5_util", "create", "-s", "-r", Realm, "-P", "master");
        _process = ChildProcess.Start("/usr/sbin/krb5kdc", ["-n"], Environment);
    }

    /// <summary>A principal with random keys, and the file that holds them.</summary>
    public async Task<string> AddAsync(string principal)
    {
        var keyTab = _scratch.File(principal.Replace('/', '-') + ".keytab");
        await AdministerAsync($"addprinc -randkey {principal}");
        await AdministerAsync($"ktadd -norandkey -k {keyTab} {principal}");
        return keyTab;
    }

    /// <summary>Gives a principal other keys: files with the old ones are worth nothing.</summary>
    public Task ChangeKeysAsync(string principal) => AdministerAsync($"cpw -randkey {principal}");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _scratch.Dispose();
    }

    private Task AdministerAsync(string request) => RunAsync("/usr/sbin/kadmin.local", "-r", Realm, "-q", request);

    private async Task RunAsync(string program, params string[] arguments) =>
        (await ChildProcess.RunAsync(program, arguments, environment: Environment)).RequireSuccess();
}
