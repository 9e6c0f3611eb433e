/** Every option of dockerd 28.2's configuration file, so that what is Docker's and not here can be told from a typing error. */
export const dockerdOptions: ReadonlySet<string> = new Set([
  ...['add-runtime', 'allow-direct-routing', 'allow-nondistributable-artifacts', 'api-cors-header'],
  ...['authorization-plugins', 'bip', 'bip6', 'bridge', 'builder', 'cdi-spec-dirs', 'cgroup-parent', 'containerd'],
  ...['containerd-namespace', 'containerd-plugins-namespace', 'cpu-rt-period', 'cpu-rt-runtime', 'cri-containerd'],
  ...['data-root', 'debug', 'default-address-pools', 'default-cgroupns-mode', 'default-gateway', 'default-gateway-v6'],
  ...['default-ipc-mode', 'default-network-opts', 'default-runtime', 'default-shm-size', 'default-ulimits'],
  ...['deprecated-key-path', 'dns', 'dns-opts', 'dns-search', 'exec-opts', 'exec-root', 'experimental', 'features'],
  ...['fixed-cidr', 'fixed-cidr-v6', 'group', 'host-gateway-ip', 'host-gateway-ips', 'hosts', 'http-proxy'],
  ...['https-proxy', 'icc', 'init', 'init-path', 'insecure-registries', 'ip', 'ip-forward', 'ip-forward-no-drop'],
  ...['ip-masq', 'ip6tables', 'iptables', 'ipv6', 'labels', 'live-restore', 'log-driver', 'log-format', 'log-level'],
  ...['log-opts', 'max-concurrent-downloads', 'max-concurrent-uploads', 'max-download-attempts', 'metrics-addr'],
  ...['mtu', 'network-control-plane-mtu', 'network-diagnostic-port', 'no-new-privileges', 'no-proxy'],
  ...['node-generic-resources', 'pidfile', 'raw-logs', 'registry-mirrors', 'rootless', 'runtimes', 'seccomp-profile'],
  ...['selinux-enabled', 'shutdown-timeout', 'storage-driver', 'storage-opts', 'swarm-default-advertise-addr', 'tls'],
  ...['tlscacert', 'tlscert', 'tlskey', 'tlsverify', 'userland-proxy', 'userland-proxy-path', 'userns-remap'],
]);
