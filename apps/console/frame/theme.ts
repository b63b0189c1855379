import { type ThemeConfig, theme } from 'antd';

/**
 * Colours with a contrast of 4.5 to 1 on their grounds at least (WCAG 2.2, 1.4.3); the library's own do not reach it
 * for placeholders, descriptions and errors.
 */
const LIGHT = {
  colorPrimary: '#1d4f91',
  colorLink: '#1d4f91',
  colorError: '#b42318',
  colorSuccess: '#1a7f37',
  colorWarning: '#8a5a00',
  colorTextSecondary: '#4b5563',
  colorTextDescription: '#4b5563',
  colorTextTertiary: '#4b5563',
  colorTextPlaceholder: '#667085',
  colorBgLayout: '#f4f6fa',
};

const DARK = {
  // The library darkens it: white on it, as on buttons, keeps 4.5 to 1.
  colorPrimary: '#4580cc',
  colorLink: '#8ab8f5',
  colorError: '#ff8f85',
  colorSuccess: '#6fd08c',
  colorWarning: '#f0b84a',
  colorTextSecondary: '#b6bfcd',
  colorTextDescription: '#b6bfcd',
  colorTextTertiary: '#b6bfcd',
  colorTextPlaceholder: '#98a2b3',
  colorBgLayout: '#0f141c',
  colorBgContainer: '#171d27',
  colorBgElevated: '#1e2632',
};

/** The first colour is a ground for white texts; as a text on dark it would be too dark. */
const TABS_IN_DARK = {
  itemSelectedColor: '#8ab8f5',
  itemHoverColor: '#b3d2fa',
  itemActiveColor: '#8ab8f5',
  inkBarColor: '#8ab8f5',
};

const FONTS =
  "'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'Source Han Sans SC', system-ui, sans-serif";

export function themeOf(dark: boolean, still: boolean): ThemeConfig {
  return {
    algorithm: dark ? theme.darkAlgorithm : theme.defaultAlgorithm,
    token: {
      ...(dark ? DARK : LIGHT),
      fontFamily: FONTS,
      borderRadius: 6,
      motion: !still,
      wireframe: false,
    },
    components: {
      // On the head, which is dark in both appearances.
      Button: { defaultGhostColor: '#ffffff', defaultGhostBorderColor: '#b9cbe6' },
      ...(dark ? { Tabs: TABS_IN_DARK } : {}),
      Table: { cellPaddingBlock: 10, headerBg: dark ? '#1e2632' : '#f7f8fb' },
      Layout: { headerBg: '#12315f', headerHeight: 52, headerPadding: '0 20px' },
    },
  };
}
